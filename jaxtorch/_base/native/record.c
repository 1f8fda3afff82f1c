/* Recording and surveying: twins of `recorder.record`, `program.survey` and `segments.release`. */

#include "hot.h"

static _Thread_local PyObject *pending = NULL; /* this thread's graph: a list the thread's state owns too */

PyObject *hot_use_pending(PyObject *module, PyObject *list) {
    (void)module;
    Py_INCREF(list);
    Py_XSETREF(pending, list);
    Py_RETURN_NONE;
}

PyObject *hot_drop_pending(PyObject *module, PyObject *list) {
    (void)module;
    if (pending == list) Py_CLEAR(pending);
    Py_RETURN_NONE;
}

static PyObject *new_value(PyObject *call, PyObject *args, PyObject *aval) {
    PyObject *value = G.Value->tp_alloc(G.Value, 0);
    if (!value) return NULL;
    AT(value, V.call) = Py_NewRef(call);
    AT(value, V.args) = Py_NewRef(args);
    AT(value, V.aval) = Py_NewRef(aval);
    AT(value, V.data) = Py_NewRef(Py_None);
    AT(value, V.uses) = Py_NewRef(zero);
    AT(value, V.mark) = Py_NewRef(Py_None);
    return value;
}

static PyObject *new_multi(PyObject *call, PyObject *args) {
    PyObject *avals = AT(call, C.out_avals);
    Py_ssize_t count = PyTuple_GET_SIZE(avals);
    PyObject *outs = PyTuple_New(count);
    if (!outs) return NULL;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *out = new_value(Py_None, Py_None, PyTuple_GET_ITEM(avals, i));
        if (!out) { Py_DECREF(outs); return NULL; }
        PyTuple_SET_ITEM(outs, i, out);
    }
    PyObject *made = G.Multi->tp_alloc(G.Multi, 0);
    if (!made) { Py_DECREF(outs); return NULL; }
    AT(made, M.call) = Py_NewRef(call);
    AT(made, M.args) = Py_NewRef(args);
    AT(made, M.outs) = outs;
    return made;
}

static int has_pending(void) {
    if (pending) return 1;
    PyObject *done = PyObject_CallNoArgs(G.own_pending);
    Py_XDECREF(done);
    return done && pending;
}

/* Append a call to the pending graph: a new reference to a Value, or to a tuple of Values. */
PyObject *record(PyObject *call, PyObject *args) {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args); i++) {
        if (Py_TYPE(PyTuple_GET_ITEM(args, i)) == G.Value) continue;
        PyErr_Format(PyExc_TypeError, "record: %R is no Value", PyTuple_GET_ITEM(args, i));
        return NULL;
    }
    if (AT(call, C.slow) != Py_False) return PyObject_CallFunctionObjArgs(G.record_slow, call, args, NULL);
    if (!has_pending()) return NULL;
    if (AT(call, C.multi) == Py_True) {
        PyObject *made = new_multi(call, args);
        if (!made || PyList_Append(pending, made) < 0) { Py_XDECREF(made); return NULL; }
        PyObject *outs = Py_NewRef(AT(made, M.outs));
        Py_DECREF(made);
        return outs;
    }
    PyObject *value = new_value(call, args, AT(call, C.out_avals));
    if (!value || PyList_Append(pending, value) < 0) { Py_XDECREF(value); return NULL; }
    if (PyList_GET_SIZE(pending) >= PyLong_AsSsize_t(G.limit)) {
        PyObject *done = PyObject_CallNoArgs(G.over_limit);
        if (!done) { Py_DECREF(value); return NULL; }
        Py_DECREF(done);
    }
    return value;
}

PyObject *hot_record(PyObject *module, PyObject *const *argv, Py_ssize_t argc) {
    (void)module;
    if (argc != 2 || Py_TYPE(argv[0]) != G.Call || !PyTuple_CheckExact(argv[1])) {
        PyErr_SetString(PyExc_TypeError, "record(call: Call, args: tuple)");
        return NULL;
    }
    return record(argv[0], argv[1]);
}

/* ----- Survey ----- */

struct numbers { int32_t *items; size_t count, room; };

static int add_number(struct numbers *n, Py_ssize_t number) {
    if (n->count == n->room) {
        size_t room = n->room ? 2 * n->room : 256;
        int32_t *items = PyMem_Realloc(n->items, room * sizeof(int32_t));
        if (!items) { PyErr_NoMemory(); return -1; }
        n->items = items;
        n->room = room;
    }
    n->items[n->count++] = (int32_t)number;
    return 0;
}

struct survey { struct numbers key, uses, leaf_uses; PyObject *token, *leaves; };

static int mark(struct survey *s, PyObject *value, Py_ssize_t position) {
    PyObject *number = PyLong_FromSsize_t(position);
    if (!number) return -1;
    put(value, V.pos, number);
    put_new(value, V.mark, s->token);
    return 0;
}

static int survey_args(struct survey *s, PyObject *args) {
    int own = Py_REFCNT(args) <= 1; /* nothing but the record holds the tuple */
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args); i++) {
        PyObject *a = PyTuple_GET_ITEM(args, i);
        if (AT(a, V.mark) != s->token) {
            if (PyList_Append(s->leaves, a) < 0 || add_number(&s->leaf_uses, 0) < 0) return -1;
            if (mark(s, a, -PyList_GET_SIZE(s->leaves)) < 0) return -1;
        }
        Py_ssize_t position = PyLong_AsSsize_t(AT(a, V.pos));
        if (position >= 0) s->uses.items[position] += own;
        else s->leaf_uses.items[-1 - position] += own;
        if (add_number(&s->key, position) < 0) return -1;
    }
    return 0;
}

static int survey_record(struct survey *s, PyObject *r) {
    int single = Py_TYPE(r) == G.Value;
    PyObject *call = AT(r, single ? V.call : M.call);
    if (add_number(&s->key, PyLong_AsSsize_t(AT(call, C.id))) < 0) return -1;
    if (survey_args(s, AT(r, single ? V.args : M.args)) < 0) return -1;
    if (single) return mark(s, r, (Py_ssize_t)s->uses.count) < 0 ? -1 : add_number(&s->uses, 0);
    PyObject *outs = AT(r, M.outs);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(outs); i++)
        if (mark(s, PyTuple_GET_ITEM(outs, i), (Py_ssize_t)s->uses.count) < 0 || add_number(&s->uses, 0) < 0) return -1;
    return 0;
}

/* Results that something other than the stretch holds: the list of records, or a Multi's tuple, holds one reference. */
static int add_alive(struct survey *s, PyObject *value, size_t position, PyObject *outputs) {
    if (Py_REFCNT(value) - s->uses.items[position] <= 1) return 0;
    if (PyList_Append(outputs, value) < 0) return -1;
    return add_number(&s->key, (Py_ssize_t)position);
}

static PyObject *find_alive(struct survey *s, PyObject *records) {
    PyObject *outputs = PyList_New(0);
    if (!outputs || add_number(&s->key, 0) < 0) goto failed;
    size_t position = 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(records); i++) {
        PyObject *r = PyList_GET_ITEM(records, i);
        if (Py_TYPE(r) == G.Value) {
            if (add_alive(s, r, position++, outputs) < 0) goto failed;
            continue;
        }
        PyObject *outs = AT(r, M.outs);
        for (Py_ssize_t k = 0; k < PyTuple_GET_SIZE(outs); k++)
            if (add_alive(s, PyTuple_GET_ITEM(outs, k), position++, outputs) < 0) goto failed;
    }
    return outputs;
failed:
    Py_XDECREF(outputs);
    return NULL;
}

static PyObject *key_of(struct survey *s) {
    Py_ssize_t count = PyList_GET_SIZE(s->leaves);
    PyObject *key = PyTuple_New(1 + count);
    PyObject *numbers = PyBytes_FromStringAndSize((char *)s->key.items, (Py_ssize_t)(s->key.count * sizeof(int32_t)));
    if (!key || !numbers) { Py_XDECREF(key); Py_XDECREF(numbers); return NULL; }
    PyTuple_SET_ITEM(key, 0, numbers);
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *leaf = PyList_GET_ITEM(s->leaves, i);
        put(leaf, V.uses, PyLong_FromLong(s->leaf_uses.items[i]));
        PyTuple_SET_ITEM(key, 1 + i, Py_NewRef(AT(leaf, V.aval)));
    }
    return key;
}

PyObject *hot_survey(PyObject *module, PyObject *records) {
    (void)module;
    struct survey s = {0};
    PyObject *outputs = NULL, *key = NULL, *result = NULL;
    s.token = PyObject_CallNoArgs((PyObject *)&PyBaseObject_Type);
    s.leaves = PyList_New(0);
    if (!s.token || !s.leaves) goto done;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(records); i++)
        if (survey_record(&s, PyList_GET_ITEM(records, i)) < 0) goto done;
    if (!(outputs = find_alive(&s, records)) || !(key = key_of(&s))) goto done;
    result = PyTuple_Pack(3, key, s.leaves, outputs);
done:
    Py_XDECREF(key);
    Py_XDECREF(outputs);
    Py_XDECREF(s.token);
    Py_XDECREF(s.leaves);
    PyMem_Free(s.key.items);
    PyMem_Free(s.uses.items);
    PyMem_Free(s.leaf_uses.items);
    return result;
}

PyObject *hot_release(PyObject *module, PyObject *batch) {
    (void)module;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(batch); i++) {
        PyObject *r = PyList_GET_ITEM(batch, i);
        if (Py_TYPE(r) == G.Value) {
            put_new(r, V.args, Py_None);
            put_new(r, V.call, Py_None);
        } else put_new(r, M.args, Py_None);
    }
    Py_RETURN_NONE;
}
