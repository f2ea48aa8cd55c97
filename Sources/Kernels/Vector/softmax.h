// One tile of the running softmax, as in FlashAttention (Dao et al. 2022, algorithm 1).

DK_INLINE float largest_of_row(const float *x, size_t n) {
    const floats16 lowest = splat(-__builtin_inff());
    floats16 m0 = lowest, m1 = lowest, m2 = lowest, m3 = lowest;
    size_t i = 0;
    for (; i + 4 * lane_count <= n; i += 4 * lane_count) {
        m0 = larger(load(x + i), m0);
        m1 = larger(load(x + i + lane_count), m1);
        m2 = larger(load(x + i + 2 * lane_count), m2);
        m3 = larger(load(x + i + 3 * lane_count), m3);
    }
    for (; i + lane_count <= n; i += lane_count) m0 = larger(load(x + i), m0);
    if (i < n) m1 = larger(load_first(x + i, n - i, lowest), m1);
    return largest_of_lanes(larger(larger(m0, m1), larger(m2, m3)));
}

/// x = exp(scale · x - shift), and the sum of that.
DK_INLINE float exponentials_of_row(float *x, size_t n, float scale, float shift) {
    floats16 factor = splat(scale), offset = splat(shift), s0 = splat(0), s1 = splat(0);
    size_t i = 0;
    for (; i + 2 * lane_count <= n; i += 2 * lane_count) {
        floats16 e0 = exponential_of(load(x + i) * factor - offset);
        floats16 e1 = exponential_of(load(x + i + lane_count) * factor - offset);
        store(x + i, e0);
        store(x + i + lane_count, e1);
        s0 += e0;
        s1 += e1;
    }
    for (; i < n; i += lane_count) {
        size_t count = n - i < lane_count ? n - i : lane_count;
        floats16 last = count == lane_count ? load(x + i) : load_first(x + i, count, splat(-__builtin_inff()));
        floats16 e = exponential_of(last * factor - offset);
        if (count == lane_count) store(x + i, e); else store_first(x + i, e, count);
        s0 += e;
    }
    return sum_of_lanes(s0 + s1);
}

static void softmax_tile(float *scores, size_t row_count, size_t column_count, size_t row_stride, float scale,
                         float *running_max, float *running_sum, float *correction) {
    for (size_t r = 0; r < row_count; r++) {
        float *row = scores + r * row_stride;
        float row_max = scale * largest_of_row(row, column_count), old_max = running_max[r];
        float new_max = row_max > old_max ? row_max : old_max;
        // In a row that is masked so far the difference of two infinities would be NaN; exp(-inf - 0) is the 0 wanted.
        float shift = new_max == -__builtin_inff() ? 0 : new_max;
        correction[r] = exponential_of(splat(old_max - shift))[0];
        running_sum[r] = running_sum[r] * correction[r] + exponentials_of_row(row, column_count, scale, shift);
        running_max[r] = new_max;
    }
}
