/* Random draws: twins of what `_base/rng` does with NumPy, on the state of NumPy's Mersenne twister.
 *
 * Every function takes the `capsule` of a `numpy.random.MT19937` and contiguous arrays. Compile without contraction
 * (-ffp-contract=off): where PyTorch's kernels fuse a multiplication and an addition, `fma` says so here.
 */

#include "hot.h"
#include <math.h>

#define WORDS 624
#define SHIFT 397

struct twister { uint32_t key[WORDS]; int position; };
struct bit_generator { struct twister *state; void *next[4]; }; /* numpy/random/bitgen.h */

static struct twister *twister_of(PyObject *capsule) {
    struct bit_generator *bits = PyCapsule_GetPointer(capsule, "BitGenerator");
    return bits ? bits->state : NULL;
}

INSIDE uint32_t mixed(uint32_t high, uint32_t low) {
    uint32_t y = (high & 0x80000000u) | (low & 0x7fffffffu);
    return (y >> 1) ^ (-(y & 1u) & 0x9908b0dfu);
}

INSIDE void twist_body(uint32_t *key) {
    for (int i = 0; i < WORDS - SHIFT; i++) key[i] = key[i + SHIFT] ^ mixed(key[i], key[i + 1]);
    for (int i = WORDS - SHIFT; i < WORDS - 1; i++) key[i] = key[i + SHIFT - WORDS] ^ mixed(key[i], key[i + 1]);
    key[WORDS - 1] = key[SHIFT - 1] ^ mixed(key[WORDS - 1], key[0]);
}

TWICE(twist, (uint32_t *key), (key))

INSIDE void temper_body(const uint32_t *key, uint32_t *out, int count) {
    for (int i = 0; i < count; i++) {
        uint32_t y = key[i];
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c5680u;
        y ^= (y << 15) & 0xefc60000u;
        out[i] = y ^ (y >> 18);
    }
}

TWICE(temper, (const uint32_t *key, uint32_t *out, int count), (key, out, count))

static void next_words(struct twister *t, uint32_t *out, Py_ssize_t count) {
    while (count) {
        if (t->position == WORDS) {
            twist(t->key);
            t->position = 0;
        }
        int some = WORDS - t->position < count ? WORDS - t->position : (int)count;
        temper(t->key + t->position, out, some);
        t->position += some;
        out += some;
        count -= some;
    }
}

/* The 53 random bits of a pair of words, the first of which is the high one. */
INSIDE int64_t bits53(const uint32_t *pair) {
    return (int64_t)(((uint64_t)pair[0] << 32 | pair[1]) & (((uint64_t)1 << 53) - 1));
}

/* ----- Arguments ----- */

struct drawing { struct twister *engine; Py_buffer out; };

/* (capsule, out, ...): 0 and an error when they are not that. */
static int begin(struct drawing *d, PyObject *const *argv, Py_ssize_t argc, Py_ssize_t wanted, Py_ssize_t item) {
    if (argc != wanted) {
        PyErr_Format(PyExc_TypeError, "%zd arguments, not %zd", wanted, argc);
        return 0;
    }
    d->engine = twister_of(argv[0]);
    if (!d->engine || PyObject_GetBuffer(argv[1], &d->out, PyBUF_WRITABLE | PyBUF_C_CONTIGUOUS) < 0) return 0;
    if (item && d->out.itemsize != item) {
        PyErr_Format(PyExc_TypeError, "an array of items of %zd bytes, not %zd", item, d->out.itemsize);
        PyBuffer_Release(&d->out);
        return 0;
    }
    return 1;
}

static PyObject *end(struct drawing *d) {
    PyBuffer_Release(&d->out);
    Py_RETURN_NONE;
}

/* Whether the memory behind a capsule is laid out as here: (capsule, key as bytes, position). */
PyObject *hot_twister_fits(PyObject *module, PyObject *const *argv, Py_ssize_t argc) {
    (void)module;
    struct twister *t = argc == 3 ? twister_of(argv[0]) : NULL;
    if (!t || !PyBytes_Check(argv[1]) || PyBytes_GET_SIZE(argv[1]) != WORDS * 4) {
        PyErr_Clear();
        Py_RETURN_FALSE;
    }
    int same = !memcmp(t->key, PyBytes_AS_STRING(argv[1]), WORDS * 4) && t->position == PyLong_AsLong(argv[2]);
    return PyBool_FromLong(same);
}

/* ----- Words and uniforms ----- */

PyObject *hot_draw_words(PyObject *module, PyObject *const *argv, Py_ssize_t argc) {
    (void)module;
    struct drawing d;
    if (!begin(&d, argv, argc, 2, 4)) return NULL;
    next_words(d.engine, d.out.buf, d.out.len / 4);
    return end(&d);
}

#define CHUNK 4096

PyObject *hot_draw_words64(PyObject *module, PyObject *const *argv, Py_ssize_t argc) {
    (void)module;
    struct drawing d;
    if (!begin(&d, argv, argc, 2, 8)) return NULL;
    next_words(d.engine, d.out.buf, d.out.len / 4);
    uint32_t *halves = d.out.buf;
    uint64_t *words = d.out.buf;
    for (Py_ssize_t i = 0; i < d.out.len / 8; i++) words[i] = (uint64_t)halves[2 * i] << 32 | halves[2 * i + 1];
    return end(&d);
}

INSIDE void below_body(const uint32_t *words, unsigned char *out, Py_ssize_t count, int64_t threshold) {
    for (Py_ssize_t i = 0; i < count; i++) out[i] = bits53(words + 2 * i) < threshold;
}

TWICE(below, (const uint32_t *words, unsigned char *out, Py_ssize_t count, int64_t threshold), (words, out, count, threshold))

/* (capsule, out of bool, threshold): 1 where 53 bits are below the threshold. */
PyObject *hot_draw_bernoulli(PyObject *module, PyObject *const *argv, Py_ssize_t argc) {
    (void)module;
    struct drawing d;
    uint32_t words[2 * CHUNK];
    if (!begin(&d, argv, argc, 3, 1)) return NULL;
    int64_t threshold = PyLong_AsLongLong(argv[2]);
    for (Py_ssize_t i = 0; i < d.out.len; i += CHUNK) {
        Py_ssize_t some = d.out.len - i < CHUNK ? d.out.len - i : CHUNK;
        next_words(d.engine, words, 2 * some);
        below(words, (unsigned char *)d.out.buf + i, some, threshold);
    }
    return end(&d);
}

INSIDE void scale24_body(const uint32_t *words, float *out, Py_ssize_t count) {
    for (Py_ssize_t i = 0; i < count; i++) out[i] = (float)(int32_t)(words[i] & 0xffffffu) * 0x1p-24f;
}

TWICE(scale24, (const uint32_t *words, float *out, Py_ssize_t count), (words, out, count))

/* (capsule, out of float32): numbers in [0, 1). */
PyObject *hot_draw_unit24(PyObject *module, PyObject *const *argv, Py_ssize_t argc) {
    (void)module;
    struct drawing d;
    if (!begin(&d, argv, argc, 2, 4)) return NULL;
    next_words(d.engine, d.out.buf, d.out.len / 4);
    scale24(d.out.buf, d.out.buf, d.out.len / 4);
    return end(&d);
}

/* (capsule, out of float64): numbers in [0, 1). */
PyObject *hot_draw_unit53(PyObject *module, PyObject *const *argv, Py_ssize_t argc) {
    (void)module;
    struct drawing d;
    if (!begin(&d, argv, argc, 2, 8)) return NULL;
    next_words(d.engine, d.out.buf, d.out.len / 4);
    const uint32_t *words = d.out.buf;
    double *out = d.out.buf;
    for (Py_ssize_t i = 0; i < d.out.len / 8; i++) out[i] = (double)bits53(words + 2 * i) * 0x1p-53;
    return end(&d);
}

/* ----- Shuffles ----- */

/* (capsule, out of int64): a random order of range(n). */
PyObject *hot_draw_permutation(PyObject *module, PyObject *const *argv, Py_ssize_t argc) {
    (void)module;
    struct drawing d;
    uint32_t words[CHUNK];
    if (!begin(&d, argv, argc, 2, 8)) return NULL;
    int64_t *places = d.out.buf;
    Py_ssize_t n = d.out.len / 8;
    for (Py_ssize_t i = 0; i < n; i++) places[i] = i;
    for (Py_ssize_t i = 0; i < n - 1; i += CHUNK) {
        Py_ssize_t some = n - 1 - i < CHUNK ? n - 1 - i : CHUNK;
        next_words(d.engine, words, some);
        for (Py_ssize_t k = 0; k < some; k++) {
            Py_ssize_t at = i + k, other = at + (Py_ssize_t)(words[k] % (uint32_t)(n - at));
            int64_t moved = places[at];
            places[at] = places[other];
            places[other] = moved;
        }
    }
    return end(&d);
}

/* ----- Normals in blocks of sixteen ----- */

INSIDE float from_bits(int32_t bits) {
    float x;
    memcpy(&x, &bits, 4);
    return x;
}

INSIDE int32_t to_bits(float x) {
    int32_t bits;
    memcpy(&bits, &x, 4);
    return bits;
}

#define SQRT_HALF 0x3f3504f3

/* boxmuller.radius: Cephes' logf. */
INSIDE float radius(int32_t k) {
    int32_t t = to_bits((float)((1 << 24) - k)) - (SQRT_HALF + (24 << 23));
    float e = (float)(t >> 23), x = from_bits((t & 0x7fffff) + SQRT_HALF) - 1.0f, z = x * x;
    float y = fmaf(x, 7.0376836292e-2f, -1.1514610310e-1f);
    y = fmaf(y, x, 1.1676998740e-1f);
    y = fmaf(y, x, -1.2420140846e-1f);
    y = fmaf(y, x, 1.4249322787e-1f);
    y = fmaf(y, x, -1.6668057665e-1f);
    y = fmaf(y, x, 2.0000714765e-1f);
    y = fmaf(y, x, -2.4999993993e-1f);
    y = fmaf(y, x, 3.3333331174e-1f);
    y = fmaf(y * x, z, e * -2.12194440e-4f) - z * 0.5f;
    return sqrtf(((x + y) + e * 0.693359375f) * -2.0f);
}

/* boxmuller.cos_sin: Cephes' sincosf. */
INSIDE void cos_sin(int32_t k, float *cosine, float *sine) {
    float x = (float)k * ((float)(2.0 * 3.14159265358979323846) * 0x1p-24f);
    int32_t j = ((int32_t)(x * 1.27323954473516f) + 1) & ~1;
    float turn = (float)j;
    x += turn * -0.78515625f;
    x += turn * -2.4187564849853515625e-4f;
    x = fmaf(turn, -3.77489497744594108e-8f, x);
    float z = x * x;
    float c = fmaf(z, 2.443315711809948e-5f, -1.388731625493765e-3f);
    float s = fmaf(z, -1.9515295891e-4f, 8.3321608736e-3f);
    c = fmaf(c, z, 4.166664568298827e-2f) * z;
    s = fmaf(s, z, -1.6666654611e-1f) * z;
    c = fmaf(c, z, z * -0.5f) + 1.0f;
    s = fmaf(s, x, x);
    int32_t a = to_bits(c), b = to_bits(s), swap = ((int32_t)((uint32_t)j << 30) >> 31) & (a ^ b);
    *cosine = from_bits(a ^ swap ^ (int32_t)((uint32_t)((j + 2) & 4) << 29));
    *sine = from_bits(b ^ swap ^ (int32_t)((uint32_t)(j & 4) << 29));
}

INSIDE void normals_body(const int32_t *k, float *out, Py_ssize_t count, float mean, float std) {
    for (Py_ssize_t b = 0; b < count; b += 16, k += 16, out += 16) {
        for (int i = 0; i < 8; i++) {
            float r = radius(k[i]), c, s;
            cos_sin(k[i + 8], &c, &s);
            out[i] = fmaf(c * r, std, mean);
            out[i + 8] = fmaf(s * r, std, mean);
        }
    }
}

TWICE(normals, (const int32_t *k, float *out, Py_ssize_t count, float mean, float std), (k, out, count, mean, std))

/* (24-bit numbers as int32, out of float32, mean, std): boxmuller._transform32. */
PyObject *hot_normal_blocks(PyObject *module, PyObject *const *argv, Py_ssize_t argc) {
    (void)module;
    Py_buffer k, out;
    if (argc != 4 || PyObject_GetBuffer(argv[0], &k, PyBUF_C_CONTIGUOUS) < 0) return PyErr_Format(PyExc_TypeError, "normal_blocks(numbers, out, mean, std)");
    if (PyObject_GetBuffer(argv[1], &out, PyBUF_WRITABLE | PyBUF_C_CONTIGUOUS) < 0) { PyBuffer_Release(&k); return NULL; }
    float mean = (float)PyFloat_AsDouble(argv[2]), std = (float)PyFloat_AsDouble(argv[3]);
    if (out.itemsize == 4 && k.len == out.len && out.len % 64 == 0)
        normals(k.buf, out.buf, out.len / 4, mean, std);
    else PyErr_SetString(PyExc_TypeError, "blocks of sixteen float32 numbers");
    PyBuffer_Release(&k);
    PyBuffer_Release(&out);
    if (PyErr_Occurred()) return NULL;
    Py_RETURN_NONE;
}

/* ----- The C library, element by element ----- */

static double libm_log(double x) { return log(x); }

/* (name, float64 array, changed in place): libm.exact. */
PyObject *hot_libm(PyObject *module, PyObject *const *argv, Py_ssize_t argc) {
    (void)module;
    static const struct { const char *name; double (*function)(double); } KNOWN[] = {
        {"log", libm_log}, {"log1p", log1p}, {"exp", exp}, {"sin", sin}, {"cos", cos}, {"tan", tan}, {NULL, NULL}};
    const char *name = argc == 2 ? PyUnicode_AsUTF8(argv[0]) : NULL;
    Py_buffer x;
    int i = 0;
    if (!name) return PyErr_Format(PyExc_TypeError, "libm(name, array)");
    while (KNOWN[i].name && strcmp(KNOWN[i].name, name)) i++;
    if (!KNOWN[i].name) return PyErr_Format(PyExc_ValueError, "no function %s", name);
    if (PyObject_GetBuffer(argv[1], &x, PyBUF_WRITABLE | PyBUF_C_CONTIGUOUS) < 0) return NULL;
    double *values = x.buf;
    for (Py_ssize_t k = 0; k < x.len / 8; k++) values[k] = KNOWN[i].function(values[k]);
    PyBuffer_Release(&x);
    return Py_NewRef(argv[1]);
}
