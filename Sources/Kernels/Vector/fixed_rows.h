// From floats to 16-bit integers: rows with one scale each.

/// Vector `v` of a group of which `n` channels are left at `x`, rounded; zeros behind them.
DK_INLINE words16 rounded_vector(const float *x, size_t n, size_t v, floats16 factor) {
    size_t first = v * lane_count;
    if (n >= first + lane_count) return rounded_words(load(x + first), factor);
    return n > first ? rounded_words(load_first(x + first, n - first, splat(0)), factor) : splat_word(rounded_zero);
}

/// Quantises one array, with zeros up to a whole group.
DK_INLINE void quantise(int16_t *out, const float *x, size_t n, float factor) {
    for (size_t c = 0; c < n; c += dk_fixed_group_length) {
        words16 group[group_vectors];
        for (size_t v = 0; v < group_vectors; v++) group[v] = rounded_vector(x + c, n - c, v, splat(factor));
        store_group(out + c, group);
    }
}

static size_t quantise_rows(int16_t *out, size_t out_stride, float *scales, size_t scale_stride, const float *rows,
                            size_t row_count, size_t row_stride, size_t channel_count) {
    for (size_t r = 0; r < row_count; r++, rows += row_stride, out += out_stride) {
        uint32_t bits = largest_magnitude_bits(rows, channel_count);
        if (bits >= bits_of_infinity) return r;
        float largest = bits < bits_of_smallest_scale ? 0 : float_of_bits(bits);
        scales[r * scale_stride] = largest / dk_fixed_row_limit;
        quantise(out, rows, channel_count, largest == 0 ? 0 : dk_fixed_row_limit / largest);
    }
    return row_count;
}
