// From floats to 16-bit integers: rows with one scale each.

DK_INLINE ints16 load_pairs(const int16_t *p) { return *(const unaligned_ints16 *)p; }

/// round(x · factor), to nearest even, in the low halves, for results that fit in 16 bits.
DK_INLINE words16 rounded_words(floats16 x, floats16 factor) {
    // 1.5 · 2^23 leaves no fraction bits: the low bits of the sum are the integer's.
    return (words16)(x * factor + splat(0x1.8p23f));
}

DK_INLINE halves16 rounded_halves(floats16 x, floats16 factor) {
    return __builtin_convertvector(rounded_words(x, factor), halves16);
}

/// Quantises one array, with a zero after an odd count.
DK_INLINE void quantise(int16_t *out, const float *x, size_t n, float factor) {
    size_t i = 0;
    for (; i + lane_count <= n; i += lane_count) {
        *(unaligned_halves16 *)(out + i) = rounded_halves(load(x + i), splat(factor));
    }
    if (i < n) {
        halves16 last = rounded_halves(load_first(x + i, n - i, splat(0)), splat(factor));
        for (size_t k = 0; i + k < n; k++) out[i + k] = (int16_t)last[k];
    }
    if (n % 2) out[n] = 0;
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
