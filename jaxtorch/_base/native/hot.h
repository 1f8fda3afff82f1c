/* What the hot path needs of the Python classes: where their slots lie, and the functions that do what is rare.
 *
 * The classes are plain Python classes with __slots__; a slot is read and written through its offset, which the class's
 * member descriptor gives. Every function here has a Python twin that says what it does (named beside it) and that
 * runs where no compiler was found.
 */

#ifndef JAXTORCH_HOT_H
#define JAXTORCH_HOT_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

typedef Py_ssize_t slot;

struct value_slots { slot call, args, aval, data, pos, uses, mark; };
struct multi_slots { slot call, args, outs; };
struct storage_slots { slot value, stamp, version, strides, extra; };
struct variable_slots { slot storage, aval, view, strides, rg, node, vc, meta; };
struct view_slots { slot chain, value, stamp, base, links, offset, tracked, name; };
struct node_slots {
    slot call, saved, edges, versions, seq, tensor_hooks, pre_hooks, post_hooks, retains, metadata, label;
};
struct call_slots {
    slot id, op, out_avals, multi, kind, diff, eager, slow, vjps, pointwise, saves, saves_result, keeps_all, undefined,
        base;
};
struct aval_slots { slot dtype, weak; };
struct op_slots { slot residuals; };
struct meta_slots { slot grad; };
struct compiled_slots { slot derivative, walked, walking; };

/* Given once by `configure`, by name. */
struct given {
    PyTypeObject *Value, *Multi, *Storage, *Variable, *View, *Node, *Call, *Aval, *Op, *Meta;
    PyTypeObject *Tensor;       /* the class of results */
    PyTypeObject *CompiledFunctionBackward;
    PyObject *record_slow;      /* recorder._record_slow(call, args) */
    PyObject *over_limit;       /* recorder._over_limit() */
    PyObject *own_pending;      /* recorder: makes this thread's list and calls use_pending */
    PyObject *limit;            /* records in one graph */
    PyObject *value_of;         /* variable.value_of(variable) */
    PyObject *modes;            /* .grad, .anomaly */
    PyObject *CALLS;            /* (op, avals...) -> call */
    PyObject *WEAK;             /* type of number -> aval */
    PyObject *BILINEAR;         /* a gradient kind */
    PyObject *sequence;         /* numbers of nodes, in order */
    PyObject *follow;           /* layout.follow(out, inputs) */
    PyObject *unary, *binary, *apply, *view_of;   /* the Python twins, for what is rare */
    PyObject *visit, *finish_leaf;      /* backward._visit, ._finish_leaf */
    PyObject *describe;         /* compiler._tree._describe */
};

extern struct given G;
extern struct value_slots V;
extern struct multi_slots M;
extern struct storage_slots S;
extern struct variable_slots T;
extern struct view_slots W;
extern struct node_slots N;
extern struct call_slots C;
extern struct aval_slots A;
extern struct op_slots O;
extern struct meta_slots E;
extern struct compiled_slots D;
extern int attention;  /* something rare is switched on: the Python twins decide */
extern PyObject *name_grad, *zero;

#define AT(object, offset) (*(PyObject **)((char *)(object) + (offset)))

/* Store a reference that the slot takes over. */
static inline void put(PyObject *object, slot offset, PyObject *owned) {
    PyObject *old = AT(object, offset);
    AT(object, offset) = owned;
    Py_XDECREF(old);
}

static inline void put_new(PyObject *object, slot offset, PyObject *borrowed) {
    Py_INCREF(borrowed);
    put(object, offset, borrowed);
}

static inline int is_true(PyObject *flag) { return flag == Py_True || (flag != Py_False && flag != Py_None && PyObject_IsTrue(flag) > 0); }

static inline int is_variable(PyObject *x) {
    return Py_TYPE(x) == G.Tensor || PyType_IsSubtype(Py_TYPE(x), G.Variable);
}

/* Whether two counts are equal: small ones are one object. */
static inline int same_count(PyObject *a, PyObject *b) {
    return a == b || PyObject_RichCompareBool(a, b, Py_EQ) == 1;
}

/* ----- For loops over numbers ----- */

#define INSIDE static inline __attribute__((always_inline))

/* Loops that are worth the wide instructions of processors that have them: `name` runs `name_body`, compiled twice. */
#if defined(__x86_64__) && defined(__GNUC__)
#define TWICE(name, parameters, arguments)                                                         \
    __attribute__((target("avx2,fma"))) static void name##_wide parameters { name##_body arguments; } \
    static void name parameters {                                                                  \
        if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) name##_wide arguments; \
        else name##_body arguments;                                                                \
    }
#else
#define TWICE(name, parameters, arguments) \
    static void name parameters { name##_body arguments; }
#endif

PyObject *record(PyObject *call, PyObject *args);
PyObject *new_node(PyTypeObject *type, PyObject *call, PyObject *saved, PyObject *edges, PyObject *versions);
PyObject *hot_record(PyObject *, PyObject *const *, Py_ssize_t);
PyObject *hot_use_pending(PyObject *, PyObject *);
PyObject *hot_drop_pending(PyObject *, PyObject *);
PyObject *hot_survey(PyObject *, PyObject *);
PyObject *hot_release(PyObject *, PyObject *);
PyObject *value_of(PyObject *variable);
PyObject *wrap(PyObject *value);
int add_version(PyObject *list, PyObject *variable);
int is_made(PyObject *variable);
int grad_mode(void);
PyObject *hot_view_of(PyObject *, PyObject *const *, Py_ssize_t);
PyObject *hot_linear(PyObject *, PyObject *const *, Py_ssize_t);
PyObject *hot_shift_rows(PyObject *, PyObject *);
PyObject *hot_divide_rows(PyObject *, PyObject *);
PyObject *hot_normalise_rows(PyObject *, PyObject *const *, Py_ssize_t);
PyObject *hot_erf(PyObject *, PyObject *);
PyObject *hot_run_steps(PyObject *, PyObject *const *, Py_ssize_t);
PyObject *hot_unary(PyObject *, PyObject *const *, Py_ssize_t);
PyObject *hot_binary(PyObject *, PyObject *const *, Py_ssize_t);
PyObject *hot_apply(PyObject *, PyObject *const *, Py_ssize_t);
PyObject *hot_reachable(PyObject *, PyObject *const *, Py_ssize_t);
PyObject *hot_walk(PyObject *, PyObject *const *, Py_ssize_t);
PyObject *hot_guards_hold(PyObject *, PyObject *const *, Py_ssize_t);
PyObject *hot_fits(PyObject *, PyObject *const *, Py_ssize_t);
PyObject *hot_gradients_of(PyObject *, PyObject *);
PyObject *hot_describe(PyObject *, PyObject *const *, Py_ssize_t);
PyObject *hot_gather(PyObject *, PyObject *const *, Py_ssize_t);
PyObject *hot_wrap_results(PyObject *, PyObject *const *, Py_ssize_t);
PyObject *hot_change(PyObject *, PyObject *const *, Py_ssize_t);
PyObject *hot_attach(PyObject *, PyObject *const *, Py_ssize_t);
PyObject *hot_twister_fits(PyObject *, PyObject *const *, Py_ssize_t);
PyObject *hot_draw_words(PyObject *, PyObject *const *, Py_ssize_t);
PyObject *hot_draw_words64(PyObject *, PyObject *const *, Py_ssize_t);
PyObject *hot_draw_bernoulli(PyObject *, PyObject *const *, Py_ssize_t);
PyObject *hot_draw_unit24(PyObject *, PyObject *const *, Py_ssize_t);
PyObject *hot_draw_unit53(PyObject *, PyObject *const *, Py_ssize_t);
PyObject *hot_draw_permutation(PyObject *, PyObject *const *, Py_ssize_t);
PyObject *hot_normal_blocks(PyObject *, PyObject *const *, Py_ssize_t);
PyObject *hot_libm(PyObject *, PyObject *const *, Py_ssize_t);

#endif
