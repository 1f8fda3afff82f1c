/* Whether places hold the objects that were found there before: compiler/_snapshot.py looks closer at those that do not. */

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

/* first_change(kind, list, start): the first index from `start` on whose place holds something else, or -1. */
PyObject *hot_first_change(PyObject *module, PyObject *const *argv, Py_ssize_t argc) {
    static int (*const holds[])(PyObject *) = {item_holds, length_holds, sequence_holds};
    (void)module;
    if (argc != 3 || !PyList_Check(argv[1])) return PyErr_Format(PyExc_TypeError, "first_change(kind, list, start)");
    long kind = PyLong_AsLong(argv[0]);
    Py_ssize_t i = PyLong_AsSsize_t(argv[2]);
    if (PyErr_Occurred()) return NULL;
    if (kind < 0 || kind > 2 || i < 0) return PyErr_Format(PyExc_ValueError, "first_change: kind 0, 1 or 2");
    for (; i < PyList_GET_SIZE(argv[1]); i++) {
        int found = holds[kind](PyList_GET_ITEM(argv[1], i));
        if (found < 0) return NULL;
        if (!found) return PyLong_FromSsize_t(i);
    }
    return PyLong_FromLong(-1);
}
