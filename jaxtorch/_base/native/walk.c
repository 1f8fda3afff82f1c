/* The backward walk: twins of `backward._reachable` and of `backward._visit` for a plain node. */

#include "hot.h"

struct numbered { long long number; PyObject *node; };

static int later_first(const void *a, const void *b) {
    long long x = ((const struct numbered *)a)->number, y = ((const struct numbered *)b)->number;
    return x < y ? 1 : x > y ? -1 : 0;
}

static PyObject *sorted_nodes(PyObject *seen) {
    Py_ssize_t count = PySet_GET_SIZE(seen), at = 0;
    struct numbered *items = PyMem_Malloc((size_t)(count ? count : 1) * sizeof *items);
    PyObject *each = PyObject_GetIter(seen), *node, *list = NULL;
    if (!items || !each) { Py_XDECREF(each); PyMem_Free(items); return NULL; }
    while ((node = PyIter_Next(each))) {
        items[at].number = PyLong_AsLongLong(AT(node, N.seq));
        items[at++].node = node;
        Py_DECREF(node); /* the set holds it */
    }
    Py_DECREF(each);
    if (!PyErr_Occurred() && at == count) {
        qsort(items, (size_t)count, sizeof *items, later_first);
        list = PyList_New(count);
        for (Py_ssize_t i = 0; list && i < count; i++) PyList_SET_ITEM(list, i, Py_NewRef(items[i].node));
    }
    PyMem_Free(items);
    return list;
}

/* Count one more contribution that a leaf waits for. */
static int expect(PyObject *leaves, PyObject *leaf) {
    PyObject *id = PyLong_FromVoidPtr(leaf), *entry = id ? PyDict_GetItemWithError(leaves, id) : NULL;
    int bad = -1;
    if (entry) {
        PyObject *more = PyLong_FromSsize_t(PyLong_AsSsize_t(PyList_GET_ITEM(entry, 2)) + 1);
        bad = more ? PyList_SetItem(entry, 2, more) : -1;
    } else if (id && !PyErr_Occurred()) {
        PyObject *made = Py_BuildValue("[OOi]", leaf, Py_None, 1);
        bad = made ? PyDict_SetItem(leaves, id, made) : -1;
        Py_XDECREF(made);
    }
    Py_XDECREF(id);
    return bad;
}

PyObject *hot_reachable(PyObject *module, PyObject *const *argv, Py_ssize_t argc) {
    (void)module;
    if (argc != 2) return PyErr_Format(PyExc_TypeError, "reachable(leaves, roots)");
    PyObject *leaves = argv[0], *seen = PySet_New(NULL), *stack = PySequence_List(argv[1]), *found = NULL;
    Py_ssize_t depth;
    while (seen && stack && (depth = PyList_GET_SIZE(stack))) {
        PyObject *node = Py_NewRef(PyList_GET_ITEM(stack, depth - 1));
        int bad = PyList_SetSlice(stack, depth - 1, depth, NULL) < 0;
        if (PyTuple_CheckExact(node)) Py_SETREF(node, Py_NewRef(PyTuple_GET_ITEM(node, 0)));
        if (!bad && PyType_IsSubtype(Py_TYPE(node), G.Node)) {
            int known = PySet_Contains(seen, node);
            bad = known < 0 || (!known && PySet_Add(seen, node) < 0);
            PyObject *edges = AT(node, N.edges);
            for (Py_ssize_t i = 0; !bad && !known && i < PyTuple_GET_SIZE(edges); i++)
                if (PyTuple_GET_ITEM(edges, i) != Py_None) bad = PyList_Append(stack, PyTuple_GET_ITEM(edges, i)) < 0;
        } else if (!bad) bad = expect(leaves, node) < 0;
        Py_DECREF(node);
        if (bad) goto done;
    }
    if (seen && stack) found = sorted_nodes(seen);
done:
    Py_XDECREF(seen);
    Py_XDECREF(stack);
    return found;
}

/* ----- One node ----- */

/* Fields of compiler._entry.Derivative. */
enum { CALL = 0, READS = 1, AVALS = 4 };

struct walk { PyObject *self, *buffers, *leaves, *accumulate; int keep; };

static int versions_hold(PyObject *versions) {
    for (Py_ssize_t i = 0; i + 1 < PyTuple_GET_SIZE(versions); i += 4) {
        PyObject *counter = PyTuple_GET_ITEM(versions, i), *expected = PyTuple_GET_ITEM(versions, i + 1);
        if (PyType_IsSubtype(Py_TYPE(counter), G.Storage)) {
            if (!same_count(AT(counter, S.version), expected)) return 0;
            continue;
        }
        PyObject *version = PyObject_GetAttrString(counter, "version");
        int same = version && same_count(version, expected);
        Py_XDECREF(version);
        if (!same) return 0;
    }
    return 1;
}

static int usual_call(PyObject *call) { return !is_true(AT(call, C.undefined)) && AT(call, C.base) == Py_None; }

/* A replayed call's node with one output: the derivative is there, and reads all it needs from `saved`. */
static int one_output(PyObject *node) {
    PyObject *derivative = AT(node, D.derivative);
    return derivative != Py_None && PyTuple_GET_SIZE(PyTuple_GET_ITEM(derivative, AVALS)) == 1;
}

static int plain(PyObject *node) {
    int compiled = Py_TYPE(node) == G.CompiledFunctionBackward;
    return (compiled || Py_TYPE(node) == G.Node) && AT(node, N.tensor_hooks) == Py_None &&
           AT(node, N.pre_hooks) == Py_None && AT(node, N.post_hooks) == Py_None && AT(node, N.retains) == Py_None &&
           AT(node, N.saved) != Py_None && (compiled ? one_output(node) : usual_call(AT(node, N.call))) &&
           versions_hold(AT(node, N.versions));
}

/* Which inputs want a gradient, as a tuple of bools; `count` how many. */
static PyObject *mask_of(PyObject *edges, Py_ssize_t *count) {
    PyObject *mask = PyTuple_New(PyTuple_GET_SIZE(edges));
    *count = 0;
    for (Py_ssize_t i = 0; mask && i < PyTuple_GET_SIZE(edges); i++) {
        int wanted = PyTuple_GET_ITEM(edges, i) != Py_None;
        *count += wanted;
        PyTuple_SET_ITEM(mask, i, Py_NewRef(wanted ? Py_True : Py_False));
    }
    return mask;
}

/* The cotangents that are there, from position `at` of `args` on; `given` names them unless there is only one output. */
static PyObject *given_of(PyObject *cotangents) {
    Py_ssize_t count = PyList_GET_SIZE(cotangents);
    if (count == 1) return Py_NewRef(Py_None);
    PyObject *given = PyTuple_New(count);
    for (Py_ssize_t i = 0; given && i < count; i++)
        PyTuple_SET_ITEM(given, i, Py_NewRef(PyList_GET_ITEM(cotangents, i) != Py_None ? Py_True : Py_False));
    return given;
}

/* Call.vjp: (derivative, which inputs it reads), a new reference. */
static PyObject *vjp_of(PyObject *call, PyObject *mask, PyObject *given) {
    PyObject *key = PyTuple_Pack(2, mask, given);
    PyObject *found = key ? PyDict_GetItemWithError(AT(call, C.vjps), key) : NULL;
    Py_XINCREF(found);
    if (key && !found && !PyErr_Occurred()) found = PyObject_CallMethod(call, "vjp", "OO", mask, given);
    Py_XDECREF(key);
    return found;
}

static PyObject *pull_args(PyObject *saved, PyObject *needed, PyObject *cotangents) {
    Py_ssize_t kept = PyTuple_GET_SIZE(needed), count = 0, at = 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(cotangents); i++) count += PyList_GET_ITEM(cotangents, i) != Py_None;
    PyObject *args = PyTuple_New(kept + count);
    if (!args) return NULL;
    for (; at < kept; at++)
        PyTuple_SET_ITEM(args, at, Py_NewRef(PyTuple_GET_ITEM(saved, PyLong_AsSsize_t(PyTuple_GET_ITEM(needed, at)))));
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(cotangents); i++)
        if (PyList_GET_ITEM(cotangents, i) != Py_None) PyTuple_SET_ITEM(args, at++, Py_NewRef(PyList_GET_ITEM(cotangents, i)));
    return args;
}

/* CompiledFunctionBackward.pull for a node with one output, which all gradients depend on. */
static PyObject *pull_compiled(PyObject *node, PyObject *cotangent) {
    PyObject *derivative = AT(node, D.derivative), *saved = AT(node, N.saved), *reads = PyTuple_GET_ITEM(derivative, READS);
    Py_ssize_t count = PyTuple_GET_SIZE(reads), next = 0;
    PyObject *args = PyTuple_New(count);
    for (Py_ssize_t i = 0; args && i < count; i++) {
        int given = PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(PyTuple_GET_ITEM(reads, i), 0), "cotangent") == 0;
        PyTuple_SET_ITEM(args, i, Py_NewRef(given ? cotangent : PyTuple_GET_ITEM(saved, next++)));
    }
    PyObject *gradients = args ? record(PyTuple_GET_ITEM(derivative, CALL), args) : NULL;
    Py_XDECREF(args);
    return gradients;
}

/* Node.pull: the recorded gradients, a Value or a tuple of them. */
static PyObject *pull(PyObject *node, PyObject *cotangents, PyObject *mask) {
    if (Py_TYPE(node) != G.Node) return pull_compiled(node, PyList_GET_ITEM(cotangents, 0));
    PyObject *given = given_of(cotangents), *vjp = NULL, *args = NULL, *gradients = NULL;
    if (given) vjp = vjp_of(AT(node, N.call), mask, given);
    if (vjp) args = pull_args(AT(node, N.saved), PyTuple_GET_ITEM(vjp, 1), cotangents);
    if (args) gradients = record(PyTuple_GET_ITEM(vjp, 0), args);
    Py_XDECREF(given);
    Py_XDECREF(vjp);
    Py_XDECREF(args);
    return gradients;
}

/* Where an edge leads: a node and its output, or a leaf and -1. */
static PyObject *target_of(PyObject *edge, Py_ssize_t *output) {
    if (PyTuple_CheckExact(edge)) {
        *output = PyLong_AsSsize_t(PyTuple_GET_ITEM(edge, 1));
        return PyTuple_GET_ITEM(edge, 0);
    }
    *output = PyType_IsSubtype(Py_TYPE(edge), G.Node) ? 0 : -1;
    return edge;
}

static int add_into(struct walk *w, PyObject *list, Py_ssize_t at, PyObject *gradient) {
    PyObject *old = PyList_GET_ITEM(list, at);
    PyObject *sum = old == Py_None ? Py_NewRef(gradient) : PyObject_CallMethod(w->self, "add", "OO", old, gradient);
    return sum ? PyList_SetItem(list, at, sum) : -1;
}

static PyObject *new_slots(struct walk *w, PyObject *node) {
    Py_ssize_t count = 1;
    if (Py_TYPE(node) != G.Node) {
        PyObject *outputs = PyObject_CallMethod(node, "outputs", NULL);
        if (!outputs) return NULL;
        count = PyObject_Length(outputs);
        Py_DECREF(outputs);
    } else if (is_true(AT(AT(node, N.call), C.multi))) count = PyTuple_GET_SIZE(AT(AT(node, N.call), C.out_avals));
    PyObject *slots = count < 0 ? NULL : PyList_New(count);
    for (Py_ssize_t i = 0; slots && i < count; i++) PyList_SET_ITEM(slots, i, Py_NewRef(Py_None));
    if (slots && PyDict_SetItem(w->buffers, node, slots) < 0) Py_CLEAR(slots);
    return slots;
}

/* _Walk.send */
static int send(struct walk *w, PyObject *edge, PyObject *gradient) {
    Py_ssize_t output;
    PyObject *target = target_of(edge, &output), *slots;
    int bad = -1;
    if (output < 0) {
        PyObject *id = PyLong_FromVoidPtr(target), *entry = id ? PyDict_GetItemWithError(w->leaves, id) : NULL;
        if (entry) bad = add_into(w, entry, 1, gradient);
        else if (id && !PyErr_Occurred()) PyErr_SetObject(PyExc_KeyError, id);
        Py_XDECREF(id);
        return bad;
    }
    slots = Py_XNewRef(PyDict_GetItemWithError(w->buffers, target));
    if (!slots && !PyErr_Occurred()) slots = new_slots(w, target);
    if (slots) bad = add_into(w, slots, output, gradient);
    Py_XDECREF(slots);
    return bad;
}

static int send_all(struct walk *w, PyObject *edges, PyObject *gradients) {
    Py_ssize_t at = 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(edges); i++) {
        PyObject *edge = PyTuple_GET_ITEM(edges, i);
        if (edge == Py_None) continue;
        PyObject *gradient = PyTuple_CheckExact(gradients) ? PyTuple_GET_ITEM(gradients, at++) : gradients;
        if (send(w, edge, gradient) < 0) return -1;
    }
    return 0;
}

/* Node.release */
static void release(PyObject *node) {
    static PyObject *nothing = NULL;
    PyObject *call = AT(node, N.call);
    if (!nothing) nothing = PyTuple_New(0);
    if (call == Py_None || PyTuple_GET_SIZE(AT(node, N.versions)) || PyTuple_GET_SIZE(AT(call, C.saves)) || is_true(AT(call, C.saves_result))) {
        put_new(node, N.saved, Py_None);
        put_new(node, N.versions, nothing);
    }
}

/* Leaves that have got their last contribution take it. */
static int settle(struct walk *w, PyObject *edges) {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(edges); i++) {
        PyObject *edge = PyTuple_GET_ITEM(edges, i), *target;
        Py_ssize_t output;
        if (edge == Py_None || Py_TYPE(edge) == G.Node) continue;
        target = target_of(edge, &output);
        if (output >= 0) continue;
        PyObject *id = PyLong_FromVoidPtr(target), *entry = id ? PyDict_GetItemWithError(w->leaves, id) : NULL;
        Py_XDECREF(id);
        if (!entry) return -1;
        Py_ssize_t left = PyLong_AsSsize_t(PyList_GET_ITEM(entry, 2)) - 1;
        if (PyList_SetItem(entry, 2, PyLong_FromSsize_t(left)) < 0) return -1;
        if (left) continue;
        PyObject *done = PyObject_CallFunctionObjArgs(G.finish_leaf, w->self, entry, w->accumulate, NULL);
        if (!done) return -1;
        Py_DECREF(done);
    }
    return 0;
}

static int visit_plain(struct walk *w, PyObject *node) {
    PyObject *edges = Py_NewRef(AT(node, N.edges)), *cotangents = Py_XNewRef(PyDict_GetItemWithError(w->buffers, node));
    int bad = !cotangents && PyErr_Occurred();
    if (cotangents) {
        Py_ssize_t wanted;
        PyObject *mask = mask_of(edges, &wanted), *gradients = NULL;
        bad = !mask || PyDict_DelItem(w->buffers, node) < 0;
        if (!bad && wanted) {
            gradients = pull(node, cotangents, mask);
            bad = !gradients || send_all(w, edges, gradients) < 0;
        }
        if (!bad && !w->keep) release(node);
        Py_XDECREF(gradients);
        Py_XDECREF(mask);
        Py_DECREF(cotangents);
    }
    if (!bad) bad = settle(w, edges) < 0;
    Py_DECREF(edges);
    return bad ? -1 : 0;
}

/* walk(self, buffers, leaves, nodes, accumulate, keep): visit all nodes; those that are not plain by the twin. */
PyObject *hot_walk(PyObject *module, PyObject *const *argv, Py_ssize_t argc) {
    (void)module;
    if (argc != 6) return PyErr_Format(PyExc_TypeError, "walk(self, buffers, leaves, nodes, accumulate, keep)");
    struct walk w = {argv[0], argv[1], argv[2], argv[4], is_true(argv[5])};
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(argv[3]); i++) {
        PyObject *node = PyList_GET_ITEM(argv[3], i);
        if (attention || !plain(node)) {
            PyObject *done = PyObject_CallFunctionObjArgs(G.visit, w.self, node, Py_None, w.accumulate, argv[5], NULL);
            if (!done) return NULL;
            Py_DECREF(done);
        } else if (visit_plain(&w, node) < 0) return NULL;
    }
    Py_RETURN_NONE;
}
