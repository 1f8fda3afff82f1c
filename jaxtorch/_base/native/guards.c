/* The guards of a captured call: whether places hold the very objects, and tensors are of the kind, that they were.
 * compiler/_snapshot.py looks closer where these say no: an equal number is as good as the same one.
 */

#include "hot.h"

/* 1: the same object, 0: another one, -1: an error. */
static int item_holds(PyObject *item) {
    PyObject *space = PyTuple_GET_ITEM(item, 0), *key = PyTuple_GET_ITEM(item, 1), *before = PyTuple_GET_ITEM(item, 2);
    if (PyDict_Check(space)) {
        PyObject *now = PyDict_GetItemWithError(space, key);
        return now ? now == before : PyErr_Occurred() ? -1 : 0;
    }
    PyObject *now = PyObject_GetItem(space, key);
    if (!now) {
        if (!PyErr_ExceptionMatches(PyExc_KeyError)) return -1;
        PyErr_Clear();
        return 0;
    }
    int holds = now == before;
    Py_DECREF(now);
    return holds;
}

static int length_holds(PyObject *item) {
    PyObject *container = PyTuple_GET_ITEM(item, 0);
    Py_ssize_t now = PyDict_CheckExact(container) ? PyDict_GET_SIZE(container) : PyObject_Size(container);
    return now < 0 ? -1 : now == PyLong_AsSsize_t(PyTuple_GET_ITEM(item, 1));
}

static int sequence_holds(PyObject *item) {
    PyObject *sequence = PyTuple_GET_ITEM(item, 0), *before = PyTuple_GET_ITEM(item, 1);
    if (!PyList_CheckExact(sequence) || PyList_GET_SIZE(sequence) != PyTuple_GET_SIZE(before)) return 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(before); i++)
        if (PyList_GET_ITEM(sequence, i) != PyTuple_GET_ITEM(before, i)) return 0;
    return 1;
}

static int cell_holds(PyObject *item) {
    return PyCell_GET(PyTuple_GET_ITEM(item, 0)) == PyTuple_GET_ITEM(item, 1);
}

static int attribute_holds(PyObject *item) {
    PyObject *now = PyObject_GetAttr(PyTuple_GET_ITEM(item, 0), PyTuple_GET_ITEM(item, 1));
    if (!now) PyErr_Clear(); /* the twin meets the error again, or finds that there was nothing before */
    Py_XDECREF(now);
    return now == PyTuple_GET_ITEM(item, 2);
}

static int kind_holds(PyObject *x, PyObject *kind) {
    PyObject *strides = AT(x, T.strides), *before = PyTuple_GET_ITEM(kind, 2);
    return is_made(x) && AT(x, T.aval) == PyTuple_GET_ITEM(kind, 0) && AT(x, T.rg) == PyTuple_GET_ITEM(kind, 1) &&
           (strides == before || PyObject_RichCompareBool(strides, before, Py_EQ) == 1) &&
           (AT(x, T.view) == Py_None) == (PyTuple_GET_ITEM(kind, 3) == Py_True) &&
           (AT(x, T.node) == Py_None) == (PyTuple_GET_ITEM(kind, 4) == Py_True);
}

/* guards_hold((items, lengths, sequences, cells, attributes), tensors, kinds) */
PyObject *hot_guards_hold(PyObject *module, PyObject *const *argv, Py_ssize_t argc) {
    static int (*const holds[])(PyObject *) = {item_holds, length_holds, sequence_holds, cell_holds, attribute_holds};
    (void)module;
    if (argc != 3 || !PyTuple_CheckExact(argv[0]) || PyTuple_GET_SIZE(argv[0]) != 5)
        return PyErr_Format(PyExc_TypeError, "guards_hold(places, tensors, kinds)");
    for (int kind = 0; kind < 5; kind++) {
        PyObject *places = PyTuple_GET_ITEM(argv[0], kind);
        for (Py_ssize_t i = 0; i < PyList_GET_SIZE(places); i++) {
            int found = holds[kind](PyList_GET_ITEM(places, i));
            if (found < 0) return NULL;
            if (!found) Py_RETURN_FALSE;
        }
    }
    if (PyList_GET_SIZE(argv[1]) != PyList_GET_SIZE(argv[2])) Py_RETURN_FALSE;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(argv[1]); i++)
        if (!kind_holds(PyList_GET_ITEM(argv[1], i), PyList_GET_ITEM(argv[2], i))) Py_RETURN_FALSE;
    Py_RETURN_TRUE;
}

/* ----- A set of objects, by their addresses ----- */

struct addresses { PyObject **items; Py_ssize_t *first; size_t mask; };

static int open_addresses(struct addresses *set, Py_ssize_t count) {
    size_t room = 8;
    while (room < 2 * (size_t)count) room *= 2;
    set->mask = room - 1;
    set->items = PyMem_Calloc(room, sizeof *set->items);
    set->first = PyMem_Calloc(room, sizeof *set->first);
    if (set->items && set->first) return 0;
    PyErr_NoMemory();
    return -1;
}

static void close_addresses(struct addresses *set) {
    PyMem_Free(set->items);
    PyMem_Free(set->first);
}

static size_t place_of(const struct addresses *set, PyObject *object) {
    size_t at = ((size_t)object >> 4) * 0x9E3779B97F4A7C15u >> 20 & set->mask;
    while (set->items[at] && set->items[at] != object) at = (at + 1) & set->mask;
    return at;
}

/* Whether the memory of each tensor occurs first where it did. */
static int same_aliases(PyObject *known, PyObject *aliases) {
    struct addresses set = {0};
    Py_ssize_t count = PyList_GET_SIZE(known), i = 0;
    if (count > PyTuple_GET_SIZE(aliases)) return 0;
    if (open_addresses(&set, count) == 0)
        for (; i < count; i++) {
            PyObject *storage = AT(PyList_GET_ITEM(known, i), T.storage);
            size_t at = place_of(&set, storage);
            if (!set.items[at]) {
                set.items[at] = storage;
                set.first[at] = i;
            }
            if (set.first[at] != PyLong_AsSsize_t(PyTuple_GET_ITEM(aliases, i))) break;
        }
    close_addresses(&set);
    return PyErr_Occurred() ? -1 : i == count;
}

/* Whether the tensors of a group hold one value. */
static int same_value(PyObject *known, PyObject *group) {
    PyObject *first = NULL;
    int same = 1;
    for (Py_ssize_t i = 0; same == 1 && i < PyTuple_GET_SIZE(group); i++) {
        PyObject *value = value_of(PyList_GET_ITEM(known, PyLong_AsSsize_t(PyTuple_GET_ITEM(group, i))));
        if (!value) same = -1;
        else if (!first) first = Py_NewRef(value);
        else same = value == first;
        Py_XDECREF(value);
    }
    Py_XDECREF(first);
    return same;
}

/* fits(known, sharing, aliases) */
PyObject *hot_fits(PyObject *module, PyObject *const *argv, Py_ssize_t argc) {
    (void)module;
    if (argc != 3 || !PyList_CheckExact(argv[0])) return PyErr_Format(PyExc_TypeError, "fits(known, sharing, aliases)");
    int same = 1;
    for (Py_ssize_t i = 0; same == 1 && i < PyTuple_GET_SIZE(argv[1]); i++)
        same = same_value(argv[0], PyTuple_GET_ITEM(argv[1], i));
    if (same == 1 && argv[2] != Py_None) same = same_aliases(argv[0], argv[2]);
    return same < 0 ? NULL : Py_NewRef(same ? Py_True : Py_False);
}

static PyObject *gradient_of(PyObject *x) {
    PyObject *meta = AT(x, T.meta);
    return !meta || meta == Py_None || !AT(meta, E.grad) || AT(meta, E.grad) == Py_None ? NULL : AT(meta, E.grad);
}

/* gradients_of(known): the places of tensors with a gradient that is none of the others. */
PyObject *hot_gradients_of(PyObject *module, PyObject *known) {
    (void)module;
    struct addresses set = {0};
    PyObject *list = PyList_New(0), *found = NULL;
    Py_ssize_t count = PyList_GET_SIZE(known);
    int bad = !list;
    for (Py_ssize_t i = 0; !bad && i < count; i++) {
        PyObject *gradient = gradient_of(PyList_GET_ITEM(known, i)), *at;
        if (!gradient) continue;
        if (!set.items) {
            if ((bad = open_addresses(&set, count) < 0)) break;
            for (Py_ssize_t k = 0; k < count; k++) set.items[place_of(&set, PyList_GET_ITEM(known, k))] = PyList_GET_ITEM(known, k);
        }
        if (set.items[place_of(&set, gradient)]) continue;
        at = PyLong_FromSsize_t(i);
        bad = !at || PyList_Append(list, at) < 0;
        Py_XDECREF(at);
    }
    close_addresses(&set);
    if (!bad) found = PyList_AsTuple(list);
    Py_XDECREF(list);
    return found;
}
