// Layer normalisation of dense rows: mean, its rounding error, variance, then the affine map, each a pass over a row in
// cache.

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
