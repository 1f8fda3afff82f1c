/* The module `hot`, and `configure`, by which the layers hand over their classes and functions. */

#include "hot.h"
#include <stddef.h>

struct given G;
struct value_slots V;
struct multi_slots M;
struct storage_slots S;
struct variable_slots T;
struct view_slots W;
struct node_slots N;
struct call_slots C;
struct aval_slots A;
struct op_slots O;
struct meta_slots E;
struct compiled_slots D;
int attention = 0;
PyObject *name_grad, *zero;

static const struct { const char *name; PyObject **place; } GIVEN[] = {
#define TYPE(name) {#name, (PyObject **)&G.name}
#define OBJECT(name) {#name, &G.name}
    TYPE(Value), TYPE(Multi), TYPE(Storage), TYPE(Variable), TYPE(View), TYPE(Node), TYPE(Call),
    TYPE(Aval), TYPE(Op), TYPE(Meta), TYPE(Tensor), TYPE(CompiledFunctionBackward), OBJECT(record_slow), OBJECT(over_limit), OBJECT(own_pending), OBJECT(limit),
    OBJECT(value_of), OBJECT(modes), OBJECT(CALLS), OBJECT(WEAK), OBJECT(BILINEAR), OBJECT(sequence), OBJECT(follow),
    OBJECT(unary), OBJECT(binary), OBJECT(apply), OBJECT(view_of), OBJECT(visit), OBJECT(finish_leaf),
    OBJECT(describe),
#undef TYPE
#undef OBJECT
    {NULL, NULL},
};

static const struct { const char *type, *name; slot *place; } SLOTS[] = {
#define OF(type, struct_, field) {#type, #field, &struct_.field}
#define NAMED(type, struct_, name, field) {#type, name, &struct_.field}
    OF(Value, V, call), OF(Value, V, args), OF(Value, V, aval), OF(Value, V, data), OF(Value, V, pos),
    OF(Value, V, uses), OF(Value, V, mark),
    OF(Multi, M, call), OF(Multi, M, args), OF(Multi, M, outs),
    OF(Storage, S, value), OF(Storage, S, stamp), OF(Storage, S, version), OF(Storage, S, strides),
    OF(Storage, S, extra),
    NAMED(Variable, T, "_storage", storage), NAMED(Variable, T, "_aval", aval), NAMED(Variable, T, "_view", view),
    NAMED(Variable, T, "_strides", strides), NAMED(Variable, T, "_rg", rg), NAMED(Variable, T, "_node", node),
    NAMED(Variable, T, "_vc", vc), NAMED(Variable, T, "_meta", meta),
    OF(View, W, chain), OF(View, W, value), OF(View, W, stamp), OF(View, W, base), OF(View, W, links),
    OF(View, W, offset), OF(View, W, tracked), OF(View, W, name),
    OF(Node, N, call), OF(Node, N, saved), OF(Node, N, edges), OF(Node, N, versions), OF(Node, N, seq),
    OF(Node, N, tensor_hooks), OF(Node, N, pre_hooks), OF(Node, N, post_hooks), OF(Node, N, retains),
    NAMED(Node, N, "metadata_", metadata), OF(Node, N, label),
    OF(Call, C, id), OF(Call, C, op), OF(Call, C, out_avals), OF(Call, C, multi), OF(Call, C, kind), OF(Call, C, diff),
    OF(Call, C, eager), OF(Call, C, slow), NAMED(Call, C, "_vjps", vjps), OF(Call, C, pointwise), OF(Call, C, saves),
    OF(Call, C, saves_result), OF(Call, C, keeps_all), OF(Call, C, undefined), OF(Call, C, base),
    OF(Aval, A, dtype), OF(Aval, A, weak),
    OF(Op, O, residuals), OF(Meta, E, grad), OF(CompiledFunctionBackward, D, derivative),
    OF(CompiledFunctionBackward, D, walked), OF(CompiledFunctionBackward, D, walking),
#undef OF
#undef NAMED
    {NULL, NULL, NULL},
};

static int find_slots(const char *type_name, PyObject *type) {
    for (int i = 0; SLOTS[i].type; i++) {
        if (strcmp(SLOTS[i].type, type_name)) continue;
        PyObject *member = PyObject_GetAttrString(type, SLOTS[i].name);
        if (!member) return -1;
        int fits = Py_TYPE(member) == &PyMemberDescr_Type;
        if (fits) *SLOTS[i].place = ((PyMemberDescrObject *)member)->d_member->offset;
        Py_DECREF(member);
        if (!fits) {
            PyErr_Format(PyExc_TypeError, "%s.%s is not a slot", type_name, SLOTS[i].name);
            return -1;
        }
    }
    return 0;
}

static PyObject *configure(PyObject *module, PyObject *args, PyObject *named) {
    (void)module;
    (void)args;
    PyObject *name, *object;
    Py_ssize_t position = 0;
    while (named && PyDict_Next(named, &position, &name, &object)) {
        const char *text = PyUnicode_AsUTF8(name);
        int i = 0;
        while (GIVEN[i].name && strcmp(GIVEN[i].name, text)) i++;
        if (!GIVEN[i].name) return PyErr_Format(PyExc_TypeError, "configure: no %s is needed", text);
        if (find_slots(text, object) < 0) return NULL;
        Py_INCREF(object);
        Py_XSETREF(*GIVEN[i].place, object);
    }
    Py_RETURN_NONE;
}

static PyObject *missing(PyObject *module, PyObject *none) {
    (void)module;
    (void)none;
    PyObject *names = PyList_New(0);
    for (int i = 0; names && GIVEN[i].name; i++) {
        if (*GIVEN[i].place) continue;
        PyObject *name = PyUnicode_FromString(GIVEN[i].name);
        if (!name || PyList_Append(names, name) < 0) Py_CLEAR(names);
        Py_XDECREF(name);
    }
    return names;
}

static PyObject *set_attention(PyObject *module, PyObject *change) {
    (void)module;
    attention += (int)PyLong_AsLong(change);
    if (PyErr_Occurred()) return NULL;
    return PyLong_FromLong(attention);
}

#define FAST(name, doc) {#name, (PyCFunction)(void (*)(void))hot_##name, METH_FASTCALL, doc}
static PyMethodDef METHODS[] = {
    {"configure", (PyCFunction)(void (*)(void))configure, METH_VARARGS | METH_KEYWORDS, "Hand over classes and functions."},
    {"missing", missing, METH_NOARGS, "Names that `configure` has not been given yet."},
    {"attention", set_attention, METH_O, "Count up or down what asks for the Python twins."},
    {"use_pending", hot_use_pending, METH_O, "Name this thread's pending graph."},
    {"drop_pending", hot_drop_pending, METH_O, "Forget a pending graph, if it is this thread's."},
    {"survey", hot_survey, METH_O, "program.survey, as (key, leaves, outputs)."},
    {"release", hot_release, METH_O, "segments.release."},
    {"erf", hot_erf, METH_O, "host.special._erf, in place."},
    FAST(linear, "See product.c."),
    {"shift_rows", hot_shift_rows, METH_O, "See rows.c."},
    {"divide_rows", hot_divide_rows, METH_O, "See rows.c."},
    FAST(normalise_rows, "See rows.c."),
    FAST(record, "recorder.record."),
    FAST(run_steps, "host.steps.run_steps."),
    FAST(unary, "tape.unary."),
    FAST(binary, "tape.binary."),
    FAST(apply, "tape.apply."),
    FAST(view_of, "tape.view_of."),
    FAST(reachable, "backward._reachable."),
    FAST(walk, "backward._visit for all nodes."),
    FAST(guards_hold, "compiler._snapshot.Snapshot.holds, by identity alone."),
    FAST(fits, "compiler._entry._fits."),
    {"gradients_of", hot_gradients_of, METH_O, "compiler._function._gradients_of."},
    FAST(describe, "compiler._tree.describe."),
    FAST(gather, "compiler._entry._gather."),
    FAST(wrap_results, "compiler._entry._wrap_results."),
    FAST(change, "compiler._entry._change."),
    FAST(attach, "compiler._entry._attach."),
    FAST(twister_fits, "See draws.c."),
    FAST(draw_words, "See draws.c."),
    FAST(draw_words64, "See draws.c."),
    FAST(draw_bernoulli, "See draws.c."),
    FAST(draw_unit24, "See draws.c."),
    FAST(draw_unit53, "See draws.c."),
    FAST(draw_permutation, "See draws.c."),
    FAST(normal_blocks, "See draws.c."),
    FAST(libm, "See draws.c."),
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef DEFINITION = {PyModuleDef_HEAD_INIT, "hot", "The hot path, compiled.", -1, METHODS, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_hot(void) {
    name_grad = PyUnicode_InternFromString("grad");
    zero = PyLong_FromLong(0);
    return name_grad && zero ? PyModule_Create(&DEFINITION) : NULL;
}
