/* Replaying a captured call: twins of functions of compiler/_tree.py and compiler/_entry.py. */

#include "hot.h"

/* ----- Arguments ----- */

static PyObject *describe(PyObject *x, PyObject *tensors, PyObject *others);

static PyObject *describe_tensor(PyObject *x, PyObject *tensors) {
    static PyObject *name = NULL;
    if (!name && !(name = PyUnicode_InternFromString("T"))) return NULL;
    if (PyList_Append(tensors, x) < 0) return NULL;
    return PyTuple_Pack(7, name, Py_TYPE(x), AT(x, T.aval), AT(x, T.rg), AT(x, T.strides),
                        AT(x, T.view) == Py_None ? Py_True : Py_False, AT(x, T.node) == Py_None ? Py_True : Py_False);
}

static PyObject *describe_row(PyObject *x, PyObject *tensors, PyObject *others) {
    int list = PyList_CheckExact(x);
    Py_ssize_t count = list ? PyList_GET_SIZE(x) : PyTuple_GET_SIZE(x);
    PyObject *made = PyTuple_New(1 + count);
    if (!made) return NULL;
    PyTuple_SET_ITEM(made, 0, Py_NewRef(Py_TYPE(x)));
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *item = describe(list ? PyList_GET_ITEM(x, i) : PyTuple_GET_ITEM(x, i), tensors, others);
        if (!item) { Py_DECREF(made); return NULL; }
        PyTuple_SET_ITEM(made, 1 + i, item);
    }
    return made;
}

static PyObject *describe_dictionary(PyObject *x, PyObject *tensors, PyObject *others) {
    PyObject *made = PyTuple_New(1 + PyDict_GET_SIZE(x)), *key, *value;
    Py_ssize_t position = 0, at = 1;
    if (made) PyTuple_SET_ITEM(made, 0, Py_NewRef(Py_TYPE(x)));
    while (made && PyDict_Next(x, &position, &key, &value)) {
        PyObject *first = describe(key, tensors, others), *second = first ? describe(value, tensors, others) : NULL;
        PyObject *pair = second ? PyTuple_Pack(2, first, second) : NULL;
        Py_XDECREF(first);
        Py_XDECREF(second);
        if (pair) PyTuple_SET_ITEM(made, at++, pair);
        else Py_CLEAR(made);
    }
    return made;
}

static PyObject *describe(PyObject *x, PyObject *tensors, PyObject *others) {
    PyTypeObject *kind = Py_TYPE(x);
    if (kind == G.Tensor && is_made(x)) return describe_tensor(x, tensors);
    if (kind == &PyLong_Type || kind == &PyUnicode_Type || kind == &PyBool_Type || x == Py_None)
        return PyTuple_Pack(2, (PyObject *)kind, x);
    if (kind == &PyTuple_Type || kind == &PyList_Type) return describe_row(x, tensors, others);
    if (kind == &PyDict_Type) return describe_dictionary(x, tensors, others);
    return PyObject_CallFunctionObjArgs(G.describe, x, tensors, others, NULL);
}

PyObject *hot_describe(PyObject *module, PyObject *const *argv, Py_ssize_t argc) {
    (void)module;
    if (argc != 3) return PyErr_Format(PyExc_TypeError, "describe(x, tensors, others)");
    return describe(argv[0], argv[1], argv[2]);
}

/* gather(arguments, known, fresh): the call's inputs; `fresh` are those made anew, in order. */
PyObject *hot_gather(PyObject *module, PyObject *const *argv, Py_ssize_t argc) {
    (void)module;
    if (argc != 3) return PyErr_Format(PyExc_TypeError, "gather(arguments, known, fresh)");
    Py_ssize_t count = PyTuple_GET_SIZE(argv[0]), next = 0;
    PyObject *args = PyTuple_New(count);
    for (Py_ssize_t i = 0; args && i < count; i++) {
        PyObject *argument = PyTuple_GET_ITEM(argv[0], i), *x = PyTuple_GET_ITEM(argument, 1), *found;
        Py_UCS4 kind = PyUnicode_READ_CHAR(PyTuple_GET_ITEM(argument, 0), 0);
        if (kind == 'v') found = value_of(PyList_GET_ITEM(argv[1], PyLong_AsSsize_t(x)));
        else if (kind == 'c') found = Py_NewRef(x);
        else if (kind == 'd') found = Py_NewRef(PyList_GET_ITEM(argv[2], next++));
        else {
            PyObject *storage = AT(PyList_GET_ITEM(argv[1], PyLong_AsSsize_t(x)), T.storage);
            found = Py_TYPE(storage) == G.Storage ? Py_NewRef(AT(storage, S.value)) : PyObject_GetAttrString(storage, "value");
        }
        if (!found) Py_CLEAR(args);
        else PyTuple_SET_ITEM(args, i, found);
    }
    return args;
}

/* ----- Results ----- */

static PyObject *result_at(PyObject *results, PyObject *at) {
    return PyTuple_GET_ITEM(results, PyLong_AsSsize_t(at)); /* borrowed */
}

/* wrap_results(places, results): a fresh tensor for each of those. */
PyObject *hot_wrap_results(PyObject *module, PyObject *const *argv, Py_ssize_t argc) {
    (void)module;
    if (argc != 2) return PyErr_Format(PyExc_TypeError, "wrap_results(places, results)");
    Py_ssize_t count = PyTuple_GET_SIZE(argv[0]);
    PyObject *tensors = PyList_New(count);
    for (Py_ssize_t i = 0; tensors && i < count; i++) {
        PyObject *tensor = wrap(result_at(argv[1], PyTuple_GET_ITEM(argv[0], i)));
        if (!tensor) Py_CLEAR(tensors);
        else PyList_SET_ITEM(tensors, i, tensor);
    }
    return tensors;
}

/* Add to a count in a slot, or in an attribute where the object is of another class. */
static int move_count(PyObject *object, int plain, slot offset, const char *name, PyObject *by) {
    PyObject *old = plain ? Py_NewRef(AT(object, offset)) : PyObject_GetAttrString(object, name);
    PyObject *now = old ? PyNumber_Add(old, by) : NULL;
    int bad = !now;
    Py_XDECREF(old);
    if (now && plain) put_new(object, offset, now);
    else if (now) bad = PyObject_SetAttrString(object, name, now) < 0;
    Py_XDECREF(now);
    return bad ? -1 : 0;
}

static int write_storage(PyObject *x, PyObject *value, PyObject *times) {
    PyObject *storage = AT(x, T.storage);
    int plain = Py_TYPE(storage) == G.Storage;
    if (plain) put_new(storage, S.value, value);
    else if (PyObject_SetAttrString(storage, "value", value) < 0) return -1;
    return move_count(storage, plain, S.stamp, "stamp", times);
}

static int set_gradient(PyObject *x, PyObject *gradient) {
    PyObject *meta = AT(x, T.meta);
    if (!meta || meta == Py_None) {
        if (gradient == Py_None) return 0;
        PyObject *made = PyObject_CallNoArgs((PyObject *)G.Meta);
        if (!made) return -1;
        put(x, T.meta, made);
        meta = made;
    }
    put_new(meta, E.grad, gradient);
    return 0;
}

static int write_gradient(PyObject *x, PyObject *effect, PyObject *results) {
    PyObject *at = PyTuple_GET_ITEM(effect, 1), *strides = PyTuple_GET_ITEM(effect, 2);
    if (PyLong_AsSsize_t(at) < 0) return set_gradient(x, Py_None);
    PyObject *gradient = wrap(result_at(results, at));
    if (!gradient) return -1;
    if (strides != Py_None) {
        put_new(gradient, T.strides, strides);
        put_new(AT(gradient, T.storage), S.strides, strides);
    }
    int bad = set_gradient(x, gradient);
    Py_DECREF(gradient);
    return bad;
}

/* change(known, results, writes, versions, grads) */
PyObject *hot_change(PyObject *module, PyObject *const *argv, Py_ssize_t argc) {
    (void)module;
    if (argc != 5) return PyErr_Format(PyExc_TypeError, "change(known, results, writes, versions, grads)");
    for (int part = 2; part < 5; part++) {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(argv[part]); i++) {
            PyObject *effect = PyTuple_GET_ITEM(argv[part], i), *second = PyTuple_GET_ITEM(effect, 1);
            PyObject *x = PyList_GET_ITEM(argv[0], PyLong_AsSsize_t(PyTuple_GET_ITEM(effect, 0)));
            int bad;
            if (part == 2) bad = write_storage(x, result_at(argv[1], second), PyTuple_GET_ITEM(effect, 2));
            else if (part == 3) {
                PyObject *counter = AT(x, T.vc);
                bad = move_count(counter, Py_TYPE(counter) == G.Storage, S.version, "version", second);
            } else bad = write_gradient(x, effect, argv[1]);
            if (bad) return NULL;
        }
    }
    Py_RETURN_NONE;
}

/* ----- The node ----- */

/* What the derivative keeps: arguments by their number, results by -1 - number, or a value itself. */
static PyObject *kept_of(PyObject *places, PyObject *args, PyObject *results) {
    PyObject *kept = PyTuple_New(PyTuple_GET_SIZE(places));
    for (Py_ssize_t i = 0; kept && i < PyTuple_GET_SIZE(places); i++) {
        PyObject *place = PyTuple_GET_ITEM(places, i);
        if (PyLong_CheckExact(place)) {
            Py_ssize_t at = PyLong_AsSsize_t(place);
            place = at >= 0 ? PyTuple_GET_ITEM(args, at) : PyTuple_GET_ITEM(results, -1 - at);
        }
        PyTuple_SET_ITEM(kept, i, Py_NewRef(place));
    }
    return kept;
}

static PyObject *edges_of(PyObject *owners, PyObject *known) {
    PyObject *edges = PyTuple_New(PyTuple_GET_SIZE(owners));
    for (Py_ssize_t i = 0; edges && i < PyTuple_GET_SIZE(owners); i++) {
        PyObject *x = PyList_GET_ITEM(known, PyLong_AsSsize_t(PyTuple_GET_ITEM(owners, i)));
        PyTuple_SET_ITEM(edges, i, Py_NewRef(AT(x, T.node) == Py_None ? x : AT(x, T.node)));
    }
    return edges;
}

static PyObject *versions_of(PyObject *checked, PyObject *known) {
    PyObject *list = PyList_New(0);
    for (Py_ssize_t i = 0; list && i < PyTuple_GET_SIZE(checked); i++)
        if (add_version(list, PyList_GET_ITEM(known, PyLong_AsSsize_t(PyTuple_GET_ITEM(checked, i)))) < 0) Py_CLEAR(list);
    PyObject *versions = list ? PyList_AsTuple(list) : NULL;
    Py_XDECREF(list);
    return versions;
}

static int point_to(PyObject *tensor, PyObject *node, Py_ssize_t number) {
    PyObject *edge = number ? Py_BuildValue("(On)", node, number) : Py_NewRef(node);
    if (!edge) return -1;
    put(tensor, T.rg, Py_NewRef(Py_True));
    put(tensor, T.node, edge);
    return 0;
}

static PyObject *new_compiled(PyObject *derivative, PyObject *kept, PyObject *edges, PyObject *versions) {
    static PyObject *nothing = NULL;
    if (!nothing && !(nothing = PyFrozenSet_New(NULL))) return NULL;
    PyObject *node = new_node(G.CompiledFunctionBackward, Py_None, kept, edges, versions);
    if (!node) return NULL;
    AT(node, D.derivative) = Py_NewRef(derivative);
    AT(node, D.walked) = Py_NewRef(nothing);
    AT(node, D.walking) = Py_NewRef(nothing);
    return node;
}

/* attach((derivative, kept, owners, checked, differentiable), tensors, known, args, results) */
PyObject *hot_attach(PyObject *module, PyObject *const *argv, Py_ssize_t argc) {
    (void)module;
    if (argc != 5 || !PyTuple_CheckExact(argv[0])) return PyErr_Format(PyExc_TypeError, "attach(plan, ...)");
    PyObject *const *plan = &PyTuple_GET_ITEM(argv[0], 0), *known = argv[2], *made = NULL;
    PyObject *kept = kept_of(plan[1], argv[3], argv[4]), *edges = edges_of(plan[2], known);
    PyObject *versions = versions_of(plan[3], known);
    if (kept && edges && versions) made = new_compiled(plan[0], kept, edges, versions);
    int bad = !made;
    for (Py_ssize_t i = 0; !bad && i < PyTuple_GET_SIZE(plan[4]); i++)
        bad = point_to(PyList_GET_ITEM(argv[1], PyLong_AsSsize_t(PyTuple_GET_ITEM(plan[4], i))), made, i) < 0;
    Py_XDECREF(kept);
    Py_XDECREF(edges);
    Py_XDECREF(versions);
    Py_XDECREF(made);
    if (bad) return NULL;
    Py_RETURN_NONE;
}
