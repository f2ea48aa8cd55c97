// One result per element: sums, row biases, row factors, and the search for what is not finite.

static void add(float *out, const float *a, const float *b, size_t n) {
    size_t i = 0;
    for (; i + lane_count <= n; i += lane_count) store(out + i, load(a + i) + load(b + i));
    if (i < n) store_first(out + i, load_first(a + i, n - i, splat(0)) + load_first(b + i, n - i, splat(0)), n - i);
}

static void add_row_bias(float *rows, size_t row_count, size_t row_stride, const float *bias, size_t n) {
    for (size_t r = 0; r < row_count; r++) add(rows + r * row_stride, rows + r * row_stride, bias, n);
}

DK_INLINE void scale_row(float *row, size_t n, floats16 factor) {
    size_t i = 0;
    for (; i + lane_count <= n; i += lane_count) store(row + i, load(row + i) * factor);
    if (i < n) store_first(row + i, load_first(row + i, n - i, splat(0)) * factor, n - i);
}

static void scale_rows(float *rows, size_t row_count, size_t row_stride, size_t n, const float *factor) {
    for (size_t r = 0; r < row_count; r++) scale_row(rows + r * row_stride, n, splat(factor[r]));
}

DK_INLINE ints16 is_non_finite(floats16 v) {
    const ints16 exponent = (ints16)splat(__builtin_inff());
    return ((ints16)v & exponent) == exponent;
}

static size_t first_non_finite_by_one(const float *in, size_t first, size_t n) {
    size_t i = first;
    while (i < n && __builtin_isfinite(in[i])) i++;
    return i;
}

static size_t find_non_finite(const float *in, size_t n) {
    enum { stride = 4 * lane_count };
    size_t i = 0;
    for (; i + stride <= n; i += stride) {
        ints16 found = is_non_finite(load(in + i)) | is_non_finite(load(in + i + lane_count));
        found |= is_non_finite(load(in + i + 2 * lane_count)) | is_non_finite(load(in + i + 3 * lane_count));
        if (__builtin_reduce_or(found)) break;
    }
    return first_non_finite_by_one(in, i, n);
}
