// SiLU and the forms of GELU, all on the vector exponential and one true division.

/// x · sigmoid(y).
DK_INLINE floats16 gated(floats16 x, floats16 y) { return x / (splat(1) + exponential_of(-y)); }

DK_INLINE floats16 silu_of(floats16 x) { return gated(x, x); }

DK_INLINE floats16 quick_gelu_of(floats16 x) { return gated(x, x * splat(1.702f)); }

/// (1 + tanh(u)) / 2 is sigmoid(2u).
DK_INLINE floats16 gelu_tanh_of(floats16 x) {
    floats16 cubic = x + splat(0.044715f) * (x * x * x);
    return gated(x, splat(0x1.988454p0f) * cubic);
}

DK_INLINE floats16 magnitude_of(floats16 x) { return (floats16)((ints16)x & 0x7fffffff); }

/// Φ(-a) for a >= 0 as exp(-a²/2) · R(1 / (1 + 0.32 a)), the form of Abramowitz and Stegun 26.2.17 with a minimax
/// polynomial of our own: |error| <= 3.6e-8 · exp(-a²/4) in exact arithmetic.
DK_INLINE floats16 upper_tail(floats16 a) {
    floats16 t = splat(1) / (splat(1) + splat(0.32f) * a);
    floats16 p = splat(-0.12930493f) * t + splat(0.49365902f);
    p = p * t + splat(-0.26230693f);
    p = p * t + splat(0.31249315f);
    p = p * t + splat(0.08051055f);
    p = p * t + splat(0.0049491096f);
    return exponential_of(a * a * splat(-0.5f)) * p;
}

DK_INLINE floats16 gelu_of(floats16 x) {
    floats16 tail = upper_tail(magnitude_of(x));
    return x * choose(x > splat(0), splat(1) - tail, tail);
}

static void silu(float *out, const float *in, size_t n) { map(out, in, n, silu_of); }

static void gelu(float *out, const float *in, size_t n) { map(out, in, n, gelu_of); }

static void quick_gelu(float *out, const float *in, size_t n) { map(out, in, n, quick_gelu_of); }

static void gelu_tanh(float *out, const float *in, size_t n) { map(out, in, n, gelu_tanh_of); }

DK_INLINE void geglu_row(float *out, const float *hidden, const float *gate, size_t n) {
    size_t i = 0;
    for (; i + lane_count <= n; i += lane_count) store(out + i, load(hidden + i) * gelu_of(load(gate + i)));
    if (i < n) {
        floats16 g = gelu_of(load_first(gate + i, n - i, splat(0)));
        store_first(out + i, load_first(hidden + i, n - i, splat(0)) * g, n - i);
    }
}

static void geglu(float *out, const float *in, size_t row_count, size_t n) {
    for (size_t r = 0; r < row_count; r++) geglu_row(out + r * n, in + r * 2 * n, in + (r * 2 + 1) * n, n);
}
