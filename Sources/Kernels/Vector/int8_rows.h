// From floats to 8-bit integers: rows with one scale per block of channels.

DK_INLINE ints16 load_quads(const int8_t *p) { return *(const unaligned_ints16 *)(const void *)p; }

/// round(x · factor) + bias, to nearest even, for results within a byte. `bias` is even.
DK_INLINE bytes16 rounded_bytes(floats16 x, floats16 factor, float bias) {
    // 1.5 · 2^23 leaves no fraction bits: the low bits of the sum are the integer's.
    words16 bits = (words16)(x * factor + splat(0x1.8p23f + bias));
    return __builtin_convertvector(bits, bytes16);
}

/// Quantises one array, with the bytes of zeros up to a whole quad.
DK_INLINE void quantise(uint8_t *out, const float *x, size_t n, float factor, float bias) {
    size_t i = 0;
    for (; i + lane_count <= n; i += lane_count) {
        *(unaligned_bytes16 *)(out + i) = rounded_bytes(load(x + i), splat(factor), bias);
    }
    if (i < n) {
        bytes16 last = rounded_bytes(load_first(x + i, n - i, splat(0)), splat(factor), bias);
        for (size_t k = 0; i + k < dk_int8_padded_channels(n); k++) out[i + k] = last[k];
    }
}

/// The factor 1 / scale that a largest magnitude asks for; 0 for zeros.
DK_INLINE float int8_factor(uint32_t largest_bits) {
    return largest_bits < bits_of_smallest_scale ? 0 : dk_int8_limit / float_of_bits(largest_bits);
}

/// The scale that a largest magnitude asks for; 0 for zeros.
DK_INLINE float int8_scale(uint32_t largest_bits) {
    return largest_bits < bits_of_smallest_scale ? 0 : float_of_bits(largest_bits) / dk_int8_limit;
}

/// Returns whether the row is finite.
DK_INLINE int quantise_row(uint8_t *out, const float *row, size_t channel_count, size_t block_length) {
    float *scales = (float *)(void *)(out + dk_int8_padded_channels(channel_count));
    for (size_t c = 0; c < channel_count; c += block_length, scales++) {
        size_t n = channel_count - c < block_length ? channel_count - c : block_length;
        uint32_t bits = largest_magnitude_bits(row + c, n);
        if (bits >= bits_of_infinity) return 0;
        *scales = int8_scale(bits);
        quantise(out + c, row + c, n, int8_factor(bits), 128);
    }
    return 1;
}

static size_t quantise_rows(uint8_t *out, size_t out_stride, const float *rows, size_t row_count, size_t row_stride,
                            size_t channel_count, size_t block_length) {
    for (size_t r = 0; r < row_count; r++) {
        if (!quantise_row(out + r * out_stride, rows + r * row_stride, channel_count, block_length)) return r;
    }
    return row_count;
}
