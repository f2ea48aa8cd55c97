// From float values to packed 16-bit integers, with one scale per column of a block of keys.

/// The largest 1 / c that keeps 16383 · Σ |round(v / c)| below 2^31 and every |round(v / c)| within 32767; 0 for zeros.
DK_INLINE float value_factor(float sum_of_magnitudes, uint32_t largest_bits, size_t key_count) {
    if (largest_bits < bits_of_smallest_scale) return 0;
    // A sum of 256 in single may be too small by its rounding.
    double sum = (double)sum_of_magnitudes * (1 + 0x1p-16);
    double room = (double)INT32_MAX / dk_attention_weight_limit - (double)key_count / 2 - 1;
    double by_sum = room / sum, by_largest = 32767 / (double)float_of_bits(largest_bits);
    return (float)((by_sum < by_largest ? by_sum : by_largest) * (1 - 0x1p-22));
}

DK_INLINE floats16 load_columns(const float *p, size_t count) {
    return count < lane_count ? load_first(p, count, splat(0)) : load(p);
}

/// The factors 1 / c of `columns` columns and the scales c; 0 where one of them is not finite.
DK_INLINE int find_value_factors(float *factors, float *scales, const float *values, size_t key_stride,
                                 size_t key_count, size_t columns) {
    ints16 largest = {0};
    floats16 sum = splat(0);
    for (size_t k = 0; k < key_count; k++) {
        ints16 bits = magnitude_bits(load_columns(values + k * key_stride, columns));
        largest = larger_integers(largest, bits);
        sum = sum + (floats16)bits;
    }
    if (__builtin_reduce_max(largest) >= bits_of_infinity) return 0;
    for (size_t c = 0; c < lane_count; c++) {
        factors[c] = value_factor(sum[c], (uint32_t)largest[c], key_count);
        scales[c] = factors[c] == 0 ? 0 : 1 / factors[c];
    }
    return 1;
}

/// One in the lane behind the last of fewer columns than a vector has.
DK_INLINE words16 one_behind(size_t columns) {
    words16 one = {0};
    if (columns < lane_count) one[columns] = 1;
    return one;
}

/// One vector of columns. `width` is its panel's.
DK_INLINE void pack_columns(int16_t *packed, size_t width, const float *values, size_t key_stride, size_t key_count,
                            size_t columns, floats16 factor) {
    words16 one = one_behind(columns);
    for (size_t step = 0; step < dk_fixed_row_length(key_count) / woven_channels; step++) {
        words16 x[woven_channels];
        for (size_t i = 0; i < woven_channels; i++) {
            size_t key = woven_channel(step, i);
            x[i] = splat_word(rounded_zero);
            if (key < key_count) x[i] = rounded_words(load_columns(values + key * key_stride, columns), factor) | one;
        }
        store_woven(packed + woven_offset(step, width), x);
    }
}

static size_t pack_values(int16_t *packed, float *scales, const float *values, size_t key_stride, size_t key_count,
                          size_t value_width) {
    size_t padded = dk_attention_padded_columns(value_width);
    for (size_t c = 0; c < padded; c += lane_count) {
        float factors[lane_count];
        size_t columns = value_width - c, panel = c / dk_fixed_panel_width * dk_fixed_panel_width;
        size_t width = padded - panel < dk_fixed_panel_width ? padded - panel : dk_fixed_panel_width;
        if (!find_value_factors(factors, scales + c, values + c, key_stride, key_count, columns)) return c;
        if (columns < lane_count) scales[c + columns] = 1;
        pack_columns(packed + panel * dk_fixed_row_length(key_count) + vector_offset(c - panel), width, values + c,
                     key_stride, key_count, columns, load(factors));
    }
    return padded;
}
