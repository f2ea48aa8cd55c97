// Sums over a row, always in the same order.

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
