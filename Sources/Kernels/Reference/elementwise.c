// The plain twins of what works element by element.

#include "reference.h"

#include <math.h>

void dk_reference_add(float *out, const float *a, const float *b, size_t n) {
    for (size_t i = 0; i < n; i++) out[i] = a[i] + b[i];
}

void dk_reference_add_row_bias(float *rows, size_t row_count, size_t row_stride, const float *bias, size_t n) {
    for (size_t r = 0; r < row_count; r++) {
        for (size_t i = 0; i < n; i++) rows[r * row_stride + i] += bias[i];
    }
}

void dk_reference_scale_rows(float *rows, size_t row_count, size_t row_stride, size_t n, const float *factor) {
    for (size_t r = 0; r < row_count; r++) {
        for (size_t i = 0; i < n; i++) rows[r * row_stride + i] *= factor[r];
    }
}

size_t dk_reference_find_non_finite(const float *in, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(in[i])) return i;
    }
    return n;
}

void dk_reference_exponential(float *out, const float *in, size_t n) {
    for (size_t i = 0; i < n; i++) out[i] = (float)exp((double)in[i]);
}

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }

/// x · Φ(x); erfc keeps its digits where Φ is small.
static double gelu(double x) { return 0.5 * x * erfc(-x / sqrt(2.0)); }

void dk_reference_silu(float *out, const float *in, size_t n) {
    for (size_t i = 0; i < n; i++) out[i] = (float)(in[i] * sigmoid(in[i]));
}

void dk_reference_gelu(float *out, const float *in, size_t n) {
    for (size_t i = 0; i < n; i++) out[i] = (float)gelu(in[i]);
}

void dk_reference_quick_gelu(float *out, const float *in, size_t n) {
    for (size_t i = 0; i < n; i++) out[i] = (float)(in[i] * sigmoid(1.702 * in[i]));
}

void dk_reference_gelu_tanh(float *out, const float *in, size_t n) {
    const double root = sqrt(2 / acos(-1.0));
    for (size_t i = 0; i < n; i++) {
        double x = in[i], u = root * (x + 0.044715 * x * x * x);
        out[i] = (float)(x * sigmoid(2 * u));
    }
}

void dk_reference_geglu(float *out, const float *in, size_t row_count, size_t n) {
    for (size_t r = 0; r < row_count; r++) {
        for (size_t i = 0; i < n; i++) out[r * n + i] = (float)(in[r * 2 * n + i] * gelu(in[r * 2 * n + n + i]));
    }
}
