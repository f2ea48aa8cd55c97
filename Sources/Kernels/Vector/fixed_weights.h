// From float weights to packed 16-bit integers, with one scale per output and block of channels.

DK_INLINE floats16 magnitude(floats16 x, floats16 unused) {
    (void)unused;
    return (floats16)magnitude_bits(x);
}

/// The largest 1 / b that keeps 8191 · Σ |round(w / b)| below 2^31 and every |round(w / b)| within 32767; 0 for zeros.
DK_INLINE float weight_factor(const float *w, size_t n, uint32_t largest_bits) {
    if (largest_bits < bits_of_smallest_scale) return 0;
    double largest = (double)float_of_bits(largest_bits);
    // A sum in single may be too small by its rounding: 2^-13 of it covers blocks of 2^16 channels.
    double sum = (double)sum_of_row(w, n, splat(0), splat(0), magnitude) * (1 + 0x1p-13);
    double room = (double)INT32_MAX / dk_fixed_row_limit - (double)n / 2 - 1;
    double by_sum = room / sum, by_largest = 32767 / largest;
    return (float)((by_sum < by_largest ? by_sum : by_largest) * (1 - 0x1p-22));
}

/// One group of channels of a panel's outputs, quantised, before these are woven.
typedef int16_t panel_group[dk_fixed_panel_width][dk_fixed_group_length];

/// The factors 1 / b of one block and the scales b; the first output that is not finite, or `output_count`.
DK_INLINE size_t find_factors(float *factors, float *scales, const float *weights, size_t output_stride,
                              size_t output_count, size_t n) {
    for (size_t k = 0; k < output_count; k++) {
        const float *w = weights + k * output_stride;
        uint32_t bits = largest_magnitude_bits(w, n);
        if (bits >= bits_of_infinity) return k;
        factors[k] = weight_factor(w, n, bits);
        scales[k] = factors[k] == 0 ? 0 : 1 / factors[k];
    }
    return output_count;
}

DK_INLINE void pack_block(int16_t *packed, const float *weights, size_t output_stride, const float *factors,
                          size_t output_count, size_t width, size_t n) {
    // The rows of outputs that do not exist stay zero.
    panel_group group = {0};
    for (size_t c = 0; c < n; c += dk_fixed_group_length) {
        size_t count = n - c < dk_fixed_group_length ? n - c : dk_fixed_group_length;
        for (size_t k = 0; k < output_count; k++) {
            quantise(group[k], weights + k * output_stride + c, count, factors[k]);
        }
        for (size_t k = 0; k < width; k += lane_count) {
            weave_group(packed + c * width + vector_offset(k), group + k, width);
        }
    }
}

static size_t pack_panel(int16_t *packed, float *scales, const float *weights, size_t output_stride,
                         dk_fixed_shape shape) {
    size_t width = dk_fixed_padded_outputs(shape.output_count);
    for (size_t c = 0; c < shape.channel_count; c += shape.block_length, scales += shape.scale_stride) {
        size_t left = shape.channel_count - c, n = left < shape.block_length ? left : shape.block_length;
        float factors[dk_fixed_panel_width];
        for (size_t k = 0; k < width; k++) scales[k] = 0;
        size_t finite = find_factors(factors, scales, weights + c, output_stride, shape.output_count, n);
        if (finite < shape.output_count) return finite;
        pack_block(packed + c * width, weights + c, output_stride, factors, shape.output_count, width, n);
    }
    return shape.output_count;
}
