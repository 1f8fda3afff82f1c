/* Special functions of the host tier: twins of `host.special`. Compile without contraction, for the twins' very bits. */

#include "hot.h"

/* The quotient of polynomials that XLA computes too. NaN passes both comparisons and stays. */
INSIDE void erf_of_body(float *x, Py_ssize_t count) {
    for (Py_ssize_t i = 0; i < count; i++) {
        float t = x[i];
        t = t < -3.832506856900711f ? -3.832506856900711f : t;
        t = t > 3.832506856900711f ? 3.832506856900711f : t;
        float s = t * t;
        float p = s * 0.00022905065861350646f + 0.0034082910107109506f;
        p = p * s + 0.050955695062380861f;
        p = p * s + 0.18520832239976145f;
        p = p * s + 1.128379143519084f;
        float q = s * -1.1791602954361697e-7f + 0.000023547966471313185f;
        q = q * s + 0.0010179625278914885f;
        q = q * s + 0.014070470171167667f;
        q = q * s + 0.11098505178285362f;
        q = q * s + 0.49746925110067538f;
        q = q * s + 1.0f;
        x[i] = p * t / q;
    }
}

TWICE(erf_of, (float *x, Py_ssize_t count), (x, count))

PyObject *hot_erf(PyObject *module, PyObject *array) {
    (void)module;
    Py_buffer x;
    if (PyObject_GetBuffer(array, &x, PyBUF_WRITABLE | PyBUF_C_CONTIGUOUS) < 0) return NULL;
    if (x.itemsize == 4) erf_of(x.buf, x.len / 4);
    else PyErr_SetString(PyExc_TypeError, "erf: an array of float32");
    PyBuffer_Release(&x);
    return PyErr_Occurred() ? NULL : Py_NewRef(array);
}
