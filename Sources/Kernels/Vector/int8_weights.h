// From float weights to packed 8-bit integers, with one scale and one offset per output and block of channels.

/// Outputs' pieces of the weight, quantised, before their quads are woven beside each other: one vector each.
enum { piece_length = 4 * lane_count };

typedef int8_t panel_piece[dk_fixed_panel_width][piece_length];

/// The factors 1 / b of one block and the scales b; the first output that is not finite, or `output_count`.
DK_INLINE size_t find_factors(float *factors, float *scales, const float *weights, size_t output_stride,
                              size_t output_count, size_t n) {
    for (size_t k = 0; k < output_count; k++) {
        uint32_t bits = largest_magnitude_bits(weights + k * output_stride, n);
        if (bits >= bits_of_infinity) return k;
        factors[k] = int8_factor(bits);
        scales[k] = int8_scale(bits);
    }
    return output_count;
}

/// Quad by quad of channels, all outputs of the panel beside each other.
DK_INLINE void weave(int8_t *packed, panel_piece piece, size_t width, size_t quad_count) {
    for (size_t k = 0; k < width; k += lane_count) {
        words16 quads[lane_count];
        for (size_t i = 0; i < lane_count; i++) quads[i] = (words16)load_quads(piece[k + i]);
        transpose_lanes(quads);
        for (size_t q = 0; q < quad_count; q++) {
            *(unaligned_ints16 *)(void *)(packed + (q * width + k) * 4) = (ints16)quads[q];
        }
    }
}

DK_INLINE int32_t sum_of_bytes(const int8_t *bytes, size_t n) {
    int32_t sum = 0;
    for (size_t i = 0; i < n; i++) sum += bytes[i];
    return sum;
}

DK_INLINE void pack_block(int8_t *packed, int32_t *offsets, const float *weights, size_t output_stride,
                          const float *factors, size_t output_count, size_t width, size_t n) {
    // The rows of outputs that do not exist stay zero.
    panel_piece piece = {0};
    for (size_t c = 0; c < n; c += piece_length) {
        size_t count = n - c < piece_length ? n - c : piece_length, padded = dk_int8_padded_channels(count);
        for (size_t k = 0; k < output_count; k++) {
            quantise((uint8_t *)piece[k], weights + k * output_stride + c, count, factors[k], 0);
            offsets[k] -= 128 * sum_of_bytes(piece[k], padded);
        }
        weave(packed + c * width, piece, width, padded / 4);
    }
}

static size_t pack_panel(int8_t *packed, float *scales, int32_t *offsets, const float *weights, size_t output_stride,
                         dk_fixed_shape shape) {
    size_t width = dk_fixed_padded_outputs(shape.output_count);
    for (size_t c = 0; c < shape.channel_count; c += shape.block_length) {
        size_t left = shape.channel_count - c, n = left < shape.block_length ? left : shape.block_length;
        float factors[dk_fixed_panel_width];
        for (size_t k = 0; k < width; k++) scales[k] = 0, offsets[k] = 0;
        size_t finite = find_factors(factors, scales, weights + c, output_stride, shape.output_count, n);
        if (finite < shape.output_count) return finite;
        pack_block(packed + c * width, offsets, weights + c, output_stride, factors, shape.output_count, width, n);
        scales += shape.scale_stride;
        offsets += shape.scale_stride;
    }
    return shape.output_count;
}
