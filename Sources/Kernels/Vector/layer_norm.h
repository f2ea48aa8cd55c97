// Layer normalisation of dense rows: mean, its rounding error, variance, then the affine map, each a pass over a row in
// cache.

typedef floats16 term_of_sum(floats16 x, floats16 mean);

DK_INLINE floats16 value_itself(floats16 x, floats16 mean) {
    (void)mean;
    return x;
}

DK_INLINE floats16 deviation_itself(floats16 x, floats16 mean) { return x - mean; }

DK_INLINE floats16 square_deviation(floats16 x, floats16 mean) {
    floats16 deviation = x - mean;
    return deviation * deviation;
}

/// Σ term(x, mean) over a row: 64 partial sums, then 16, then by halves. `neutral` is an x whose term is 0.
DK_INLINE float sum_of_row(const float *x, size_t n, floats16 mean, floats16 neutral, term_of_sum *term) {
    floats16 s0 = splat(0), s1 = splat(0), s2 = splat(0), s3 = splat(0);
    size_t i = 0;
    for (; i + 4 * lane_count <= n; i += 4 * lane_count) {
        s0 += term(load(x + i), mean);
        s1 += term(load(x + i + lane_count), mean);
        s2 += term(load(x + i + 2 * lane_count), mean);
        s3 += term(load(x + i + 3 * lane_count), mean);
    }
    for (; i + lane_count <= n; i += lane_count) s0 += term(load(x + i), mean);
    if (i < n) s1 += term(load_first(x + i, n - i, neutral), mean);
    return sum_of_lanes((s0 + s1) + (s2 + s3));
}

/// ((x - mean) · factor - rest) · gamma + beta.
DK_INLINE void normalise_row(float *out, const float *in, size_t n, floats16 mean, floats16 factor, floats16 rest,
                             const float *gamma, const float *beta) {
    size_t i = 0;
    for (; i + lane_count <= n; i += lane_count) {
        floats16 g = gamma ? load(gamma + i) : splat(1), b = beta ? load(beta + i) : splat(0);
        store(out + i, ((load(in + i) - mean) * factor - rest) * g + b);
    }
    if (i < n) {
        floats16 g = gamma ? load_first(gamma + i, n - i, splat(1)) : splat(1);
        floats16 b = beta ? load_first(beta + i, n - i, splat(0)) : splat(0);
        store_first(out + i, ((load_first(in + i, n - i, mean) - mean) * factor - rest) * g + b, n - i);
    }
}

DK_INLINE void layer_norm_row(float *out, const float *in, size_t n, const float *gamma, const float *beta,
                              float eps) {
    floats16 mean = splat(sum_of_row(in, n, splat(0), splat(0), value_itself) / (float)n);
    // What single precision lost of the mean: it matters where the mean is large beside the spread.
    float rest = sum_of_row(in, n, mean, mean, deviation_itself) / (float)n;
    float square = sum_of_row(in, n, mean, mean, square_deviation) / (float)n, variance = square - rest * rest;
    float factor = 1 / __builtin_elementwise_sqrt((variance > 0 ? variance : variance * 0) + eps);
    normalise_row(out, in, n, mean, splat(factor), splat(rest * factor), gamma, beta);
}

static void layer_norm(float *out, const float *in, size_t row_count, size_t n, const float *gamma,
                       const float *beta, float eps) {
    if (n == 0) return;
    for (size_t r = 0; r < row_count; r++) layer_norm_row(out + r * n, in + r * n, n, gamma, beta, eps);
}
