/* Running host programs: twin of `host.steps.run_steps`. */

#include "hot.h"

#define ARGS 16

static int spread_out(PyObject *slots, PyObject *out, PyObject *results) {
    PyObject *row = PySequence_Fast(results, "a step gives a sequence");
    int bad = -1;
    if (row && PySequence_Fast_GET_SIZE(row) == PyTuple_GET_SIZE(out)) {
        bad = 0;
        for (Py_ssize_t k = 0; k < PyTuple_GET_SIZE(out); k++) {
            Py_ssize_t where = PyLong_AsSsize_t(PyTuple_GET_ITEM(out, k));
            PyList_SetItem(slots, where, Py_NewRef(PySequence_Fast_GET_ITEM(row, k)));
        }
    } else if (row) PyErr_SetString(PyExc_ValueError, "a step gave another number of results");
    Py_XDECREF(row);
    return bad;
}

static int run_step(PyObject *step, PyObject *slots) {
    PyObject *ins = PyTuple_GET_ITEM(step, 1), *out = PyTuple_GET_ITEM(step, 2), *dead = PyTuple_GET_ITEM(step, 3);
    PyObject *few[ARGS + 1], **args = few + 1;
    Py_ssize_t count = PyTuple_GET_SIZE(ins), last = PyList_GET_SIZE(slots);
    if (count > ARGS) {
        args = PyMem_Malloc(((size_t)count + 1) * sizeof *args);
        if (!args) { PyErr_NoMemory(); return -1; }
        args++;
    }
    PyObject *result = NULL;
    Py_ssize_t k = 0;
    for (; k < count; k++) {
        Py_ssize_t where = PyLong_AsSsize_t(PyTuple_GET_ITEM(ins, k));
        if (where < 0 || where >= last) break;
        args[k] = PyList_GET_ITEM(slots, where);
    }
    if (k < count) PyErr_SetString(PyExc_IndexError, "a step reads a slot that is not there");
    else result = PyObject_Vectorcall(PyTuple_GET_ITEM(step, 0), args, (size_t)count | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
    if (args != few + 1) PyMem_Free(args - 1);
    if (!result) return -1;
    int bad = 0;
    if (PyTuple_CheckExact(out)) {
        bad = spread_out(slots, out, result);
        Py_DECREF(result);
    } else bad = PyList_SetItem(slots, PyLong_AsSsize_t(out), result);
    for (k = 0; !bad && k < PyTuple_GET_SIZE(dead); k++)
        bad = PyList_SetItem(slots, PyLong_AsSsize_t(PyTuple_GET_ITEM(dead, k)), Py_NewRef(Py_None));
    return bad;
}

PyObject *hot_run_steps(PyObject *module, PyObject *const *argv, Py_ssize_t argc) {
    (void)module;
    if (argc != 2 || !PyTuple_CheckExact(argv[0]) || !PyList_CheckExact(argv[1]))
        return PyErr_Format(PyExc_TypeError, "run_steps(steps: tuple, slots: list)");
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(argv[0]); i++)
        if (run_step(PyTuple_GET_ITEM(argv[0], i), argv[1]) < 0) return NULL;
    Py_RETURN_NONE;
}
