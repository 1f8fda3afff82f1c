/* Views: twin of `tape.view_of`, which it hands whatever is rare to. */

#include "hot.h"

#define NUMBERS 8 /* runtime integers of a link */

/* How flat values of a link with so many integers are grouped (Link.structure), and its integers' avals. */
static PyObject *structure_of(Py_ssize_t count) {
    static PyObject *made[NUMBERS + 1];
    if (!made[count]) {
        PyObject *inner = PyTuple_New(count), *letter = PyUnicode_InternFromString("v");
        for (Py_ssize_t i = 0; inner && i < count; i++) PyTuple_SET_ITEM(inner, i, Py_NewRef(letter));
        made[count] = inner ? PyTuple_Pack(2, letter, inner) : NULL;
        Py_XDECREF(inner);
        Py_XDECREF(letter);
    }
    return made[count];
}

static PyObject *weak_integer(void) { return PyDict_GetItemWithError(G.WEAK, (PyObject *)&PyLong_Type); }

/* The known call of a link on a value: borrowed, or NULL. */
static PyObject *call_of(PyObject *link, PyObject *value, Py_ssize_t count) {
    PyObject *numbers = PyTuple_GET_ITEM(link, 2), *integer = weak_integer();
    PyObject *key = PyTuple_New(4 + count);
    if (!key || !integer) { Py_XDECREF(key); return NULL; }
    PyObject *structure = numbers == Py_None ? Py_None : structure_of(count);
    PyTuple_SET_ITEM(key, 0, Py_NewRef(PyTuple_GET_ITEM(link, 0)));
    PyTuple_SET_ITEM(key, 1, Py_NewRef(PyTuple_GET_ITEM(link, 1)));
    PyTuple_SET_ITEM(key, 2, Py_XNewRef(structure));
    PyTuple_SET_ITEM(key, 3, Py_NewRef(AT(value, V.aval)));
    for (Py_ssize_t i = 0; i < count; i++) PyTuple_SET_ITEM(key, 4 + i, Py_NewRef(integer));
    PyObject *call = structure ? PyDict_GetItemWithError(G.CALLS, key) : NULL;
    Py_DECREF(key);
    return call;
}

/* Link.arguments */
static PyObject *arguments_of(PyObject *link, PyObject *value, Py_ssize_t count) {
    PyObject *args = PyTuple_New(1 + count), *integer = weak_integer();
    if (!args) return NULL;
    PyTuple_SET_ITEM(args, 0, Py_NewRef(value));
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *number = PyTuple_GET_ITEM(PyTuple_GET_ITEM(link, 2), i);
        PyObject *made = PyObject_CallFunctionObjArgs((PyObject *)G.Value, Py_None, Py_None, integer, number, NULL);
        if (!made) { Py_DECREF(args); return NULL; }
        PyTuple_SET_ITEM(args, 1 + i, made);
    }
    return args;
}

/* The node of a link, whose op is linear: only its integers are kept. Takes over `before`. */
static PyObject *node_of(PyObject *call, PyObject *args, PyObject *before, PyObject *name) {
    Py_ssize_t count = PyTuple_GET_SIZE(args);
    PyObject *kept = PyTuple_New(count), *edges = PyTuple_New(count), *none = PyTuple_New(0), *node = NULL;
    if (kept && edges && none) {
        for (Py_ssize_t i = 0; i < count; i++) {
            PyTuple_SET_ITEM(kept, i, Py_NewRef(i ? PyTuple_GET_ITEM(args, i) : Py_None));
            PyTuple_SET_ITEM(edges, i, Py_NewRef(i ? Py_None : before));
        }
        node = new_node(G.Node, call, kept, edges, none);
        if (node) put_new(node, N.label, name);
    }
    Py_XDECREF(kept);
    Py_XDECREF(edges);
    Py_XDECREF(none);
    Py_DECREF(before);
    return node;
}

static PyObject *new_view(PyObject *source, PyObject *link_row, PyObject *value, PyObject *offset, int grad, PyObject *name) {
    PyObject *under = AT(source, T.view), *storage = AT(source, T.storage);
    PyObject *view = G.View->tp_alloc(G.View, 0);
    if (!view) return NULL;
    PyObject *base = source, *chain = Py_NewRef(link_row);
    Py_ssize_t links = PyTuple_GET_SIZE(link_row);
    if (under != Py_None) {
        Py_SETREF(chain, PySequence_Concat(AT(under, W.chain), link_row));
        if (AT(under, W.base) != Py_None) {
            base = AT(under, W.base);
            links += PyLong_AsSsize_t(AT(under, W.links));
            grad = grad && is_true(AT(under, W.tracked));
        }
    }
    AT(view, W.chain) = chain;
    AT(view, W.value) = Py_NewRef(value);
    AT(view, W.stamp) = Py_NewRef(AT(storage, S.stamp));
    AT(view, W.base) = Py_NewRef(base);
    AT(view, W.links) = PyLong_FromSsize_t(links);
    AT(view, W.offset) = Py_NewRef(offset);
    AT(view, W.tracked) = Py_NewRef(grad ? Py_True : Py_False);
    AT(view, W.name) = Py_NewRef(name);
    if (chain && AT(view, W.links)) return view;
    Py_DECREF(view);
    return NULL;
}

static int is_differentiable(PyObject *value) {
    PyObject *found = PyObject_GetAttrString(AT(AT(value, V.aval), A.dtype), "differentiable");
    int yes = found ? is_true(found) : -1;
    Py_XDECREF(found);
    return yes;
}

/* Takes over `value` and `node`. */
static PyObject *shown(PyObject *source, PyObject *const *argv, PyObject *value, PyObject *node, int grad) {
    static PyObject *none = NULL;
    if (!none) none = PyTuple_New(0);
    int rg = is_true(AT(source, T.rg)) ? is_differentiable(value) : 0;
    PyObject *view = rg < 0 ? NULL : new_view(source, argv[1], value, argv[3], grad, argv[4]);
    PyObject *out = view && none ? PyBaseObject_Type.tp_new(G.Tensor, none, NULL) : NULL;
    if (out) {
        AT(out, T.storage) = Py_NewRef(AT(source, T.storage));
        AT(out, T.vc) = Py_NewRef(AT(source, T.vc));
        AT(out, T.aval) = Py_NewRef(AT(value, V.aval));
        AT(out, T.view) = Py_NewRef(view);
        AT(out, T.strides) = Py_NewRef(argv[2]);
        AT(out, T.meta) = Py_NewRef(Py_None);
        AT(out, T.rg) = Py_NewRef(rg ? Py_True : Py_False);
        AT(out, T.node) = Py_NewRef(node && rg ? node : Py_None);
    }
    Py_XDECREF(view);
    Py_DECREF(value);
    Py_XDECREF(node);
    return out;
}

/* Links that C can follow: plain tuples of an op, its metadata and few integers. */
static int plain(PyObject *links) {
    if (!PyTuple_CheckExact(links) || PyTuple_GET_SIZE(links) != 1) return 0;
    PyObject *link = PyTuple_GET_ITEM(links, 0);
    if (!PyTuple_Check(link) || PyTuple_GET_SIZE(link) != 3 || !PyTuple_CheckExact(PyTuple_GET_ITEM(link, 1))) return 0;
    PyObject *numbers = PyTuple_GET_ITEM(link, 2);
    if (PyTuple_GET_SIZE(PyTuple_GET_ITEM(link, 1)) == 0) return 0;
    return numbers == Py_None || (PyTuple_CheckExact(numbers) && PyTuple_GET_SIZE(numbers) <= NUMBERS);
}

PyObject *hot_view_of(PyObject *module, PyObject *const *argv, Py_ssize_t argc) {
    (void)module;
    if (attention || argc != 5 || !is_variable(argv[0]) || !AT(argv[0], T.storage) || !AT(argv[0], T.view) ||
        Py_TYPE(AT(argv[0], T.storage)) != G.Storage || !plain(argv[1]))
        return PyObject_Vectorcall(G.view_of, argv, (size_t)argc, NULL);
    PyObject *source = argv[0], *link = PyTuple_GET_ITEM(argv[1], 0), *value = value_of(source), *node = NULL;
    if (!value) return NULL;
    PyObject *numbers = PyTuple_GET_ITEM(link, 2);
    Py_ssize_t count = numbers == Py_None ? 0 : PyTuple_GET_SIZE(numbers);
    PyObject *call = call_of(link, value, count);
    if (!call) {
        Py_DECREF(value);
        return PyErr_Occurred() ? NULL : PyObject_Vectorcall(G.view_of, argv, (size_t)argc, NULL);
    }
    Py_INCREF(call);
    int grad = grad_mode(), tracking = grad > 0 && is_true(AT(source, T.rg));
    PyObject *args = grad < 0 ? NULL : arguments_of(link, value, count);
    Py_DECREF(value);
    value = args ? record(call, args) : NULL;
    if (value && tracking) {
        node = Py_NewRef(AT(source, T.node) == Py_None ? source : AT(source, T.node));
        if (is_true(AT(call, C.diff)) && !(node = node_of(call, args, node, argv[4]))) Py_CLEAR(value);
    }
    Py_XDECREF(args);
    Py_DECREF(call);
    return value ? shown(source, argv, value, node, grad) : NULL;
}
