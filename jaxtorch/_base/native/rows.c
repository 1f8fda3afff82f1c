/* Sums and extremes over the last dimension of float32 matrices, for `host_forms`: NumPy's reductions take a
 * microsecond and more a call, and walk short rows slowly. Each works in place on memory that lies row by row. */

#include "hot.h"
#include <math.h>

#define LANES 16

#define CHUNK 1024 /* numbers added in float32; their sums are added in float64, as rows may be long */

#define SUM(name, term)                                                                    \
    INSIDE float name(const float *x, Py_ssize_t n) {                                      \
        double total = 0;                                                                  \
        for (Py_ssize_t i = 0; i < n;) {                                                   \
            Py_ssize_t end = n - i > CHUNK ? i + CHUNK : n;                                \
            float lanes[LANES] = {0}, rest = 0;                                            \
            for (; i + LANES <= end; i += LANES)                                           \
                for (int k = 0; k < LANES; k++) { float v = x[i + k]; lanes[k] += term; }  \
            for (; i < end; i++) { float v = x[i]; rest += term; }                         \
            for (int width = LANES / 2; width; width /= 2)                                 \
                for (int k = 0; k < width; k++) lanes[k] += lanes[k + width];              \
            total += rest + lanes[0];                                                      \
        }                                                                                  \
        return (float)total;                                                               \
    }

SUM(sum_row, v)
SUM(squares_of_row, v * v)

/* The greatest of a row; NaN where there is one. */
INSIDE float most_of_row(const float *x, Py_ssize_t n) {
    float most = x[0];
    int odd = 0;
    for (Py_ssize_t i = 0; i < n; i++) {
        most = x[i] > most ? x[i] : most;
        odd |= x[i] != x[i];
    }
    return odd ? NAN : most;
}

/* Less its greatest, which is finite for that: infinity less itself would be no number. */
INSIDE void shift_body(float *x, Py_ssize_t rows, Py_ssize_t n) {
    for (Py_ssize_t r = 0; r < rows; r++, x += n) {
        float most = most_of_row(x, n);
        most = most > 3.4028234663852886e38f ? 3.4028234663852886e38f : most;
        for (Py_ssize_t i = 0; i < n; i++) x[i] -= most;
    }
}

TWICE(shift, (float *x, Py_ssize_t rows, Py_ssize_t n), (x, rows, n))

INSIDE void divide_body(float *x, Py_ssize_t rows, Py_ssize_t n) {
    for (Py_ssize_t r = 0; r < rows; r++, x += n) {
        float total = sum_row(x, n);
        for (Py_ssize_t i = 0; i < n; i++) x[i] /= total;
    }
}

TWICE(divide, (float *x, Py_ssize_t rows, Py_ssize_t n), (x, rows, n))

INSIDE void normalise_body(float *x, Py_ssize_t rows, Py_ssize_t n, const float *w, const float *b, float eps) {
    for (Py_ssize_t r = 0; r < rows; r++, x += n) {
        float mean = sum_row(x, n) / (float)n;
        for (Py_ssize_t i = 0; i < n; i++) x[i] -= mean;
        float scale = sqrtf(squares_of_row(x, n) / (float)n + eps);
        for (Py_ssize_t i = 0; i < n; i++) x[i] /= scale;
        if (w) for (Py_ssize_t i = 0; i < n; i++) x[i] *= w[i];
        if (b) for (Py_ssize_t i = 0; i < n; i++) x[i] += b[i];
    }
}

TWICE(normalise, (float *x, Py_ssize_t rows, Py_ssize_t n, const float *w, const float *b, float eps), (x, rows, n, w, b, eps))

static int float_rows(PyObject *array, Py_buffer *x) {
    if (PyObject_GetBuffer(array, x, PyBUF_WRITABLE | PyBUF_C_CONTIGUOUS) < 0) return -1;
    if (x->itemsize == 4 && x->ndim && x->shape[x->ndim - 1]) return 0;
    PyBuffer_Release(x);
    PyErr_SetString(PyExc_TypeError, "rows of float32 numbers");
    return -1;
}

static PyObject *over_rows(PyObject *array, void (*change)(float *, Py_ssize_t, Py_ssize_t)) {
    Py_buffer x;
    if (float_rows(array, &x) < 0) return NULL;
    Py_ssize_t n = x.shape[x.ndim - 1];
    change(x.buf, x.len / 4 / n, n);
    PyBuffer_Release(&x);
    return Py_NewRef(array);
}

PyObject *hot_shift_rows(PyObject *module, PyObject *array) { (void)module; return over_rows(array, shift); }

PyObject *hot_divide_rows(PyObject *module, PyObject *array) { (void)module; return over_rows(array, divide); }

static int vector(PyObject *array, Py_buffer *v, Py_ssize_t n) {
    if (array == Py_None) return 0;
    if (PyObject_GetBuffer(array, v, PyBUF_C_CONTIGUOUS) < 0) return -1;
    if (v->itemsize == 4 && v->len == 4 * n) return 0;
    PyErr_SetString(PyExc_TypeError, "a float32 number for each column");
    return -1;
}

/* (rows, weight or None, bias or None, eps): layer normalisation in place. */
PyObject *hot_normalise_rows(PyObject *module, PyObject *const *argv, Py_ssize_t argc) {
    (void)module;
    Py_buffer x, w = {0}, b = {0};
    if (argc != 4) return PyErr_Format(PyExc_TypeError, "normalise_rows(rows, weight, bias, eps)");
    if (float_rows(argv[0], &x) < 0) return NULL;
    Py_ssize_t n = x.shape[x.ndim - 1];
    float eps = (float)PyFloat_AsDouble(argv[3]);
    if (!PyErr_Occurred() && vector(argv[1], &w, n) == 0 && vector(argv[2], &b, n) == 0)
        normalise(x.buf, x.len / 4 / n, n, w.buf, b.buf, eps);
    PyBuffer_Release(&x);
    if (w.obj) PyBuffer_Release(&w);
    if (b.obj) PyBuffer_Release(&b);
    return PyErr_Occurred() ? NULL : Py_NewRef(argv[0]);
}
