/* x @ weight.T + bias of small float32 matrices, on one core: for `host_forms._linear`.
 *
 * OpenBLAS walks down the columns of the transposed weight and wakes its threads: with weights that are not in the
 * nearest cache it takes three times as long as reading them once, row by row, does. Where the processor lacks AVX2 this
 * declines, and NumPy computes it.
 */

#include "hot.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#define WIDE __attribute__((target("avx2,fma"))) static inline
#define ROWS 4 /* of x */
#define COLUMNS 3 /* rows of the weight */

struct operands { const float *x, *weight, *bias; float *out; Py_ssize_t rows, columns, inner; };

/* The sums of four vectors, as a vector. */
WIDE __m128 sums(__m256 a, __m256 b, __m256 c, __m256 d) {
    __m256 all = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
    return _mm_add_ps(_mm256_castps256_ps128(all), _mm256_extractf128_ps(all, 1));
}

WIDE float one(const float *x, const float *w, Py_ssize_t inner) {
    __m256 sum = _mm256_setzero_ps(), more = _mm256_setzero_ps();
    Py_ssize_t k = 0;
    for (; k + 16 <= inner; k += 16) {
        sum = _mm256_fmadd_ps(_mm256_loadu_ps(x + k), _mm256_loadu_ps(w + k), sum);
        more = _mm256_fmadd_ps(_mm256_loadu_ps(x + k + 8), _mm256_loadu_ps(w + k + 8), more);
    }
    sum = _mm256_add_ps(sum, more);
    float total = _mm_cvtss_f32(sums(sum, sum, sum, sum));
    for (; k < inner; k++) total += x[k] * w[k];
    return total;
}

/* Four rows of x and three of the weight: twelve sums that stay in registers. */
WIDE void block(const struct operands *o, Py_ssize_t row, Py_ssize_t column) {
    const float *x = o->x + row * o->inner, *w = o->weight + column * o->inner;
    __m256 sum[COLUMNS][ROWS];
    for (int n = 0; n < COLUMNS; n++)
        for (int t = 0; t < ROWS; t++) sum[n][t] = _mm256_setzero_ps();
    Py_ssize_t inner = o->inner, k = 0;
    for (; k + 8 <= inner; k += 8) {
        __m256 w0 = _mm256_loadu_ps(w + k), w1 = _mm256_loadu_ps(w + inner + k), w2 = _mm256_loadu_ps(w + 2 * inner + k);
        for (int t = 0; t < ROWS; t++) {
            __m256 v = _mm256_loadu_ps(x + t * inner + k);
            sum[0][t] = _mm256_fmadd_ps(v, w0, sum[0][t]);
            sum[1][t] = _mm256_fmadd_ps(v, w1, sum[1][t]);
            sum[2][t] = _mm256_fmadd_ps(v, w2, sum[2][t]);
        }
    }
    for (int n = 0; n < COLUMNS; n++) {
        float four[ROWS];
        _mm_storeu_ps(four, sums(sum[n][0], sum[n][1], sum[n][2], sum[n][3]));
        for (int t = 0; t < ROWS; t++) {
            for (Py_ssize_t rest = k; rest < inner; rest++) four[t] += x[t * inner + rest] * w[n * inner + rest];
            o->out[(row + t) * o->columns + column + n] = four[t] + (o->bias ? o->bias[column + n] : 0.0f);
        }
    }
}

WIDE void multiply(const struct operands *o) {
    Py_ssize_t row, column = 0;
    for (; column + COLUMNS <= o->columns; column += COLUMNS) {
        for (row = 0; row + ROWS <= o->rows; row += ROWS) block(o, row, column);
        for (; row < o->rows; row++)
            for (int n = 0; n < COLUMNS; n++)
                o->out[row * o->columns + column + n] =
                    one(o->x + row * o->inner, o->weight + (column + n) * o->inner, o->inner) + (o->bias ? o->bias[column + n] : 0.0f);
    }
    for (; column < o->columns; column++)
        for (row = 0; row < o->rows; row++)
            o->out[row * o->columns + column] =
                one(o->x + row * o->inner, o->weight + column * o->inner, o->inner) + (o->bias ? o->bias[column] : 0.0f);
}

static int able(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

static int fits(Py_buffer *b) {
    struct operands o = {b[0].buf, b[1].buf, b[2].obj ? b[2].buf : NULL, b[3].buf, 0, 0, 0};
    for (int i = 0; i < 4; i++)
        if (b[i].obj && b[i].itemsize != 4) return 0;
    if (b[0].ndim != 2 || b[1].ndim != 2 || b[3].ndim != 2 || b[0].shape[1] != b[1].shape[1]) return 0;
    o.rows = b[0].shape[0];
    o.columns = b[1].shape[0];
    o.inner = b[0].shape[1];
    if (b[3].shape[0] != o.rows || b[3].shape[1] != o.columns || (o.bias && b[2].len != 4 * o.columns)) return 0;
    multiply(&o);
    return 1;
}
#else
static int able(void) { return 0; }
static int fits(Py_buffer *b) { (void)b; return 0; }
#endif

/* (x, weight, bias or None, out): whether it was computed; else an operand is not laid out row by row. */
PyObject *hot_linear(PyObject *module, PyObject *const *argv, Py_ssize_t argc) {
    (void)module;
    Py_buffer buffers[4] = {{0}};
    if (argc != 4) return PyErr_Format(PyExc_TypeError, "linear(x, weight, bias, out)");
    int good = able();
    for (int i = 0; good && i < 4; i++) {
        if (argv[i] == Py_None) continue;
        good = PyObject_GetBuffer(argv[i], buffers + i, PyBUF_C_CONTIGUOUS | (i == 3 ? PyBUF_WRITABLE : 0)) == 0;
    }
    PyErr_Clear();
    good = good && fits(buffers);
    for (int i = 0; i < 4; i++)
        if (buffers[i].obj) PyBuffer_Release(buffers + i);
    return PyBool_FromLong(good);
}
