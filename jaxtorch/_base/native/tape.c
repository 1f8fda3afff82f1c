/* Applying ops: twins of `tape.unary`, `tape.binary` and `tape.apply`, which these call for whatever is rare. */

#include "hot.h"

/* variable.value_of: a new reference. */
PyObject *value_of(PyObject *variable) {
    PyObject *view = AT(variable, T.view), *storage = AT(variable, T.storage);
    int usual = Py_TYPE(storage) == G.Storage; /* not shared with an array */
    if (usual && view == Py_None) return Py_NewRef(AT(storage, S.value));
    if (usual && same_count(AT(view, W.stamp), AT(storage, S.stamp))) return Py_NewRef(AT(view, W.value));
    return PyObject_CallOneArg(G.value_of, variable);
}

/* variable.wrap: a fresh tensor that owns a value. */
PyObject *wrap(PyObject *value) {
    static PyObject *none = NULL;
    if (!none && !(none = PyTuple_New(0))) return NULL;
    PyObject *out = PyBaseObject_Type.tp_new(G.Tensor, none, NULL);
    if (!out) return NULL;
    PyObject *storage = G.Storage->tp_alloc(G.Storage, 0);
    if (!storage) { Py_DECREF(out); return NULL; }
    AT(storage, S.value) = Py_NewRef(value);
    AT(storage, S.stamp) = Py_NewRef(zero);
    AT(storage, S.version) = Py_NewRef(zero);
    AT(storage, S.strides) = Py_NewRef(Py_None);
    AT(storage, S.extra) = Py_NewRef(Py_None);
    AT(out, T.storage) = storage;
    AT(out, T.vc) = Py_NewRef(storage);
    AT(out, T.aval) = Py_NewRef(AT(value, V.aval));
    AT(out, T.view) = Py_NewRef(Py_None);
    AT(out, T.strides) = Py_NewRef(Py_None);
    AT(out, T.node) = Py_NewRef(Py_None);
    AT(out, T.meta) = Py_NewRef(Py_None);
    AT(out, T.rg) = Py_NewRef(Py_False);
    return out;
}

PyObject *new_node(PyTypeObject *type, PyObject *call, PyObject *saved, PyObject *edges, PyObject *versions) {
    PyObject *node = type->tp_alloc(type, 0);
    PyObject *number = PyObject_CallNoArgs(G.sequence);
    if (!node || !number) { Py_XDECREF(node); Py_XDECREF(number); return NULL; }
    AT(node, N.call) = Py_NewRef(call);
    AT(node, N.saved) = Py_NewRef(saved);
    AT(node, N.edges) = Py_NewRef(edges);
    AT(node, N.versions) = Py_NewRef(versions);
    AT(node, N.seq) = number;
    AT(node, N.tensor_hooks) = Py_NewRef(Py_None);
    AT(node, N.pre_hooks) = Py_NewRef(Py_None);
    AT(node, N.post_hooks) = Py_NewRef(Py_None);
    AT(node, N.retains) = Py_NewRef(Py_None);
    AT(node, N.metadata) = Py_NewRef(Py_None);
    AT(node, N.label) = Py_NewRef(Py_None);
    return node;
}

int grad_mode(void) {
    PyObject *on = PyObject_GetAttr(G.modes, name_grad);
    if (!on) return -1;
    int found = is_true(on);
    Py_DECREF(on);
    return found;
}

static int differentiable(PyObject *value) {
    static PyObject *name = NULL;
    if (!name) name = PyUnicode_InternFromString("differentiable");
    PyObject *found = PyObject_GetAttr(AT(AT(value, V.aval), A.dtype), name);
    if (!found) return -1;
    int yes = is_true(found);
    Py_DECREF(found);
    return yes;
}

static PyObject *version_of(PyObject *counter) {
    if (PyType_IsSubtype(Py_TYPE(counter), G.Storage)) return Py_NewRef(AT(counter, S.version));
    return PyObject_GetAttrString(counter, "version");
}

/* What a node remembers of a saved variable, to see that it was not written to. Appends four items. */
int add_version(PyObject *list, PyObject *x) {
    PyObject *counter = AT(x, T.vc), *version = version_of(counter);
    if (!version) return -1;
    int bad = PyList_Append(list, counter) < 0 || PyList_Append(list, version) < 0 ||
              PyList_Append(list, AT(x, T.aval)) < 0 || PyList_Append(list, x) < 0;
    Py_DECREF(version);
    return bad ? -1 : 0;
}

/* What happens to one input of a call. */
struct input { PyObject *given, *value; int variable, wanted; };

static void clear_inputs(struct input *in, Py_ssize_t count) {
    for (Py_ssize_t i = 0; i < count; i++) Py_XDECREF(in[i].value);
}

static PyObject *args_of(const struct input *in, Py_ssize_t count) {
    PyObject *args = PyTuple_New(count);
    for (Py_ssize_t i = 0; args && i < count; i++) PyTuple_SET_ITEM(args, i, Py_NewRef(in[i].value));
    return args;
}

/* Which values the node keeps: a new tuple, or `args` itself. */
static PyObject *kept_of(PyObject *call, struct input *in, Py_ssize_t count, PyObject *args, int wanted) {
    if (is_true(AT(call, C.keeps_all))) return Py_NewRef(args);
    int others = AT(call, C.kind) == G.BILINEAR;
    PyObject *kept = PyTuple_New(count);
    for (Py_ssize_t i = 0; kept && i < count; i++) {
        int keep = is_true(AT(AT(in[i].value, V.aval), A.weak)) || (others && wanted - in[i].wanted > 0);
        if (!keep) {
            int found = differentiable(in[i].value);
            if (found < 0) { Py_DECREF(kept); return NULL; }
            keep = !found;
        }
        PyTuple_SET_ITEM(kept, i, Py_NewRef(keep ? in[i].value : Py_None));
    }
    return kept;
}

static PyObject *versions_of(PyObject *call, struct input *in, PyObject *kept, PyObject *out) {
    static PyObject *nothing = NULL;
    PyObject *saves = AT(call, C.saves);
    int result = is_true(AT(call, C.saves_result));
    if (!nothing) nothing = PyTuple_New(0);
    if (!result && PyTuple_GET_SIZE(saves) == 0) return Py_XNewRef(nothing);
    PyObject *list = PyList_New(0);
    for (Py_ssize_t k = 0; list && k < PyTuple_GET_SIZE(saves); k++) {
        Py_ssize_t i = PyLong_AsSsize_t(PyTuple_GET_ITEM(saves, k));
        if (in[i].variable && PyTuple_GET_ITEM(kept, i) != Py_None && add_version(list, in[i].given) < 0) Py_CLEAR(list);
    }
    if (list && result) {
        PyObject *storage = AT(out, T.storage);
        if (PyList_Append(list, storage) < 0 || PyList_Append(list, zero) < 0 ||
            PyList_Append(list, AT(out, T.aval)) < 0 || PyList_Append(list, Py_None) < 0)
            Py_CLEAR(list);
    }
    PyObject *versions = list ? PyList_AsTuple(list) : NULL;
    Py_XDECREF(list);
    return versions;
}

/* tape.make_node, and its place in the result. */
static int attach(PyObject *call, struct input *in, Py_ssize_t count, PyObject *args, PyObject *out) {
    int wanted = 0, bad = -1;
    PyObject *edges = PyTuple_New(count), *kept = NULL, *versions = NULL, *node = NULL;
    if (!edges) return -1;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *edge = Py_None;
        if (in[i].wanted) {
            edge = AT(in[i].given, T.node) == Py_None ? in[i].given : AT(in[i].given, T.node);
            wanted++;
        }
        PyTuple_SET_ITEM(edges, i, Py_NewRef(edge));
    }
    if (!(kept = kept_of(call, in, count, args, wanted)) || !(versions = versions_of(call, in, kept, out))) goto done;
    if (!(node = new_node(G.Node, call, kept, edges, versions))) goto done;
    put(out, T.rg, Py_NewRef(Py_True));
    put(out, T.node, Py_NewRef(node));
    bad = 0;
done:
    Py_XDECREF(node);
    Py_XDECREF(versions);
    Py_XDECREF(kept);
    Py_DECREF(edges);
    return bad;
}

static int follow(PyObject *out, struct input *in, Py_ssize_t count) {
    PyObject *inputs = PyList_New(0);
    int bad = !inputs;
    for (Py_ssize_t i = 0; !bad && i < count; i++)
        if (in[i].variable) bad = PyList_Append(inputs, in[i].given) < 0;
    PyObject *done = bad ? NULL : PyObject_CallFunctionObjArgs(G.follow, out, inputs, NULL);
    Py_XDECREF(inputs);
    Py_XDECREF(done);
    return done ? 0 : -1;
}

/* Whether a call is one of the usual: one result, no residuals; else the twin records it. */
static int usual(PyObject *call, int taping) {
    if (is_true(AT(call, C.multi))) return 0;
    if (!taping) return 1;
    PyObject *op = AT(call, C.op);
    return op == Py_None || Py_TYPE(op) != G.Op || !is_true(AT(op, O.residuals));
}

/* tape._record for a call with one result. */
static PyObject *finish(PyObject *call, struct input *in, Py_ssize_t count, PyObject *args, int taping) {
    PyObject *value = record(call, args);
    if (!value) return NULL;
    PyObject *out = wrap(value);
    Py_DECREF(value);
    if (!out) return NULL;
    int ordered = 0;
    for (Py_ssize_t i = 0; i < count; i++) ordered |= in[i].variable && AT(in[i].given, T.strides) != Py_None;
    if (ordered && is_true(AT(call, C.pointwise)) && follow(out, in, count) < 0) { Py_DECREF(out); return NULL; }
    if (taping && attach(call, in, count, args, out) < 0) { Py_DECREF(out); return NULL; }
    return out;
}

/* Whether all slots are filled: a sparse tensor has no storage, one that `__new__` made has nothing. */
int is_made(PyObject *x) {
    return AT(x, T.storage) && AT(x, T.aval) && AT(x, T.view) && AT(x, T.strides) && AT(x, T.rg) && AT(x, T.node) &&
           AT(x, T.vc);
}

/* An operand as an input: a variable or a Value; 0 when it is neither, -1 on an error. */
static int take(PyObject *x, struct input *in) {
    in->given = x;
    if (Py_TYPE(x) == G.Value) {
        in->variable = in->wanted = 0;
        in->value = Py_NewRef(x);
        return 1;
    }
    if (!is_variable(x) || !is_made(x)) return 0;
    in->variable = 1;
    in->value = value_of(x); /* first: a view may come to require grad here */
    in->wanted = is_true(AT(x, T.rg));
    return in->value ? 1 : -1;
}

static PyObject *taken_call(PyObject *key) {
    return key ? PyDict_GetItemWithError(G.CALLS, key) : NULL; /* borrowed */
}

/* A tape wanted: some input asks for a gradient, the call has one, and grad mode is on. */
static int taping_of(PyObject *call, struct input *in, Py_ssize_t count) {
    int wanted = 0;
    for (Py_ssize_t i = 0; i < count; i++) wanted |= in[i].wanted;
    return wanted && is_true(AT(call, C.diff)) ? grad_mode() : 0;
}

/* The common end: NULL without an error set means that the twin has to do it. */
static PyObject *apply_call(PyObject *call, struct input *in, Py_ssize_t count) {
    int taping = taping_of(call, in, count);
    if (taping < 0 || !usual(call, taping)) return NULL;
    PyObject *args = args_of(in, count);
    if (!args) return NULL;
    PyObject *out = finish(call, in, count, args, taping);
    Py_DECREF(args);
    return out;
}

PyObject *hot_unary(PyObject *module, PyObject *const *argv, Py_ssize_t argc) {
    (void)module;
    struct input in[1] = {{0}};
    int found = attention || argc < 2 ? 0 : take(argv[1], in);
    if (found < 0) return NULL;
    PyObject *out = NULL;
    if (found && in->variable) {
        PyObject *aval = AT(in->value, V.aval), *statics = argc > 2 ? argv[2] : NULL;
        int some = statics && PyTuple_CheckExact(statics) && PyTuple_GET_SIZE(statics);
        PyObject *key = some ? PyTuple_Pack(4, argv[0], statics, Py_None, aval) : PyTuple_Pack(2, argv[0], aval);
        PyObject *call = taken_call(key);
        Py_XDECREF(key);
        if (call) out = apply_call(call, in, 1);
    }
    clear_inputs(in, 1);
    return out || PyErr_Occurred() ? out : PyObject_Vectorcall(G.unary, argv, (size_t)argc, NULL);
}

PyObject *hot_binary(PyObject *module, PyObject *const *argv, Py_ssize_t argc) {
    (void)module;
    struct input in[2] = {{0}};
    int found = attention || argc != 3 ? 0 : take(argv[1], in);
    if (found > 0) found = take(argv[2], in + 1);
    PyObject *out = NULL;
    if (found > 0) {
        PyObject *key = PyTuple_Pack(3, argv[0], AT(in[0].value, V.aval), AT(in[1].value, V.aval));
        PyObject *call = taken_call(key);
        Py_XDECREF(key);
        if (call) out = apply_call(call, in, 2);
    }
    clear_inputs(in, 2);
    return out || PyErr_Occurred() ? out : PyObject_Vectorcall(G.binary, argv, (size_t)argc, NULL);
}

#define MOST 64

/* A Python number as a weak Value: a new reference, or NULL. */
static PyObject *number(PyObject *x) {
    PyObject *aval = PyDict_GetItemWithError(G.WEAK, (PyObject *)Py_TYPE(x));
    return aval ? PyObject_CallFunctionObjArgs((PyObject *)G.Value, Py_None, Py_None, aval, x, NULL) : NULL;
}

static PyObject *apply_key(PyObject *op, PyObject *statics, PyObject *structure, struct input *in, Py_ssize_t count) {
    int plain = (!statics || (PyTuple_CheckExact(statics) && PyTuple_GET_SIZE(statics) == 0)) &&
                (!structure || structure == Py_None);
    Py_ssize_t head = plain ? 1 : 3;
    PyObject *key = PyTuple_New(head + count);
    if (!key) return NULL;
    PyTuple_SET_ITEM(key, 0, Py_NewRef(op));
    if (!plain) {
        PyTuple_SET_ITEM(key, 1, Py_NewRef(statics));
        PyTuple_SET_ITEM(key, 2, Py_NewRef(structure ? structure : Py_None));
    }
    for (Py_ssize_t i = 0; i < count; i++) PyTuple_SET_ITEM(key, head + i, Py_NewRef(AT(in[i].value, V.aval)));
    return key;
}

PyObject *hot_apply(PyObject *module, PyObject *const *argv, Py_ssize_t argc) {
    (void)module;
    struct input in[MOST] = {{0}};
    PyObject *out = NULL;
    Py_ssize_t count = argc > 1 && PyList_CheckExact(argv[1]) ? PyList_GET_SIZE(argv[1]) : MOST + 1, i = 0;
    if (attention || argc < 2 || argc > 4 || count > MOST) goto twin;
    for (; i < count; i++) {
        PyObject *x = PyList_GET_ITEM(argv[1], i);
        int found = take(x, in + i);
        if (!found) {
            in[i].value = number(x);
            in[i].variable = in[i].wanted = 0;
        }
        if (!in[i].value) break;
    }
    if (i == count) {
        PyObject *key = apply_key(argv[0], argc > 2 ? argv[2] : NULL, argc > 3 ? argv[3] : NULL, in, count);
        PyObject *call = taken_call(key);
        Py_XDECREF(key);
        if (call) out = apply_call(call, in, count);
    }
    clear_inputs(in, i);
    if (out || PyErr_Occurred()) return out;
twin:
    return PyObject_Vectorcall(G.apply, argv, (size_t)argc, NULL);
}
