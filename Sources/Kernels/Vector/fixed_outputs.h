// The end of a product: from sums to results.

/// sums · row_scale + bias + addend, for `count` outputs from the pointers on.
DK_INLINE void store_outputs(float *out, floats16 sums, float row_scale, const float *bias, const float *addend,
                             size_t count) {
    floats16 y = sums * splat(row_scale), zero = splat(0);
    if (count >= lane_count) {
        if (bias) y = y + load(bias);
        if (addend) y = y + load(addend);
        store(out, y);
    } else {
        if (bias) y = y + load_first(bias, count, zero);
        if (addend) y = y + load_first(addend, count, zero);
        store_first(out, y, count);
    }
}
