// Winograd's weights as 16-bit integers: compressed as they are, and expanded to those of the 36 products.

/// Sixteen elements of each of sixteen outputs, quantised, to sixteen vectors of outputs.
DK_INLINE void compress_square(int16_t *compressed, size_t width, const float *const rows[lane_count],
                               const float *factors, size_t count) {
    words16 square[lane_count];
    for (size_t k = 0; k < lane_count; k++) {
        if (rows[k] == NULL) square[k] = splat_word(rounded_zero);
        else {
            floats16 x = count < lane_count ? load_first(rows[k], count, splat(0)) : load(rows[k]);
            square[k] = rounded_words(x, splat(factors[k]));
        }
    }
    transpose_lanes(square);
    for (size_t i = 0; i < count && i < lane_count; i++) {
        *(unaligned_halves16 *)(compressed + i * width) = single_words(square[i]);
    }
}

/// The scale of one output's `n` weights and its inverse; 0 where one of them is not finite.
DK_INLINE int find_weight_scale(float *scale, float *factor, const float *weights, size_t n) {
    uint32_t bits = largest_magnitude_bits(weights, n);
    if (bits >= bits_of_infinity) return 0;
    float largest = bits < bits_of_smallest_scale ? 0 : float_of_bits(bits);
    *scale = largest / 32767;
    *factor = largest == 0 ? 0 : 32767 / largest;
    return 1;
}

static size_t compress_panel(int16_t *compressed, float *weight_scales, const float *weights, size_t output_stride,
                             size_t output_count, size_t channel_count) {
    size_t width = (output_count + lane_count - 1) / lane_count * lane_count, length = 9 * channel_count;
    for (size_t k = 0; k < width; k += lane_count) {
        const float *rows[lane_count] = {NULL};
        float factors[lane_count] = {0};
        for (size_t i = 0; i < lane_count; i++) {
            weight_scales[k + i] = 0;
            if (k + i >= output_count) continue;
            rows[i] = weights + (k + i) * output_stride;
            if (!find_weight_scale(weight_scales + k + i, factors + i, rows[i], length)) return k + i;
        }
        for (size_t e = 0; e < length; e += lane_count) {
            compress_square(compressed + e * width + k, width, rows, factors, length - e);
            for (size_t i = 0; i < lane_count; i++) rows[i] = rows[i] ? rows[i] + lane_count : NULL;
        }
    }
    return output_count;
}

/// What G of three values is the `whole_points` of, times row by row.
static const float point_scales[6] = {1, -1 / 3.0f, -1 / 3.0f, 1 / 6.0f, 1 / 6.0f, 1};

/// G of three values that lie `step` vectors apart, to six that do, but for `point_scales`: as scales are chosen for every
/// position anyway.
DK_INLINE void whole_points(floats16 *u, const floats16 *g, size_t step) {
    floats16 g0 = g[0], g2 = g[2 * step], both = g0 + g2, odd = g[step] * DK_ROOT;
    u[0] = g0;
    u[step] = both + g0 + odd;
    u[2 * step] = both + g0 - odd;
    u[3 * step] = both + g2 + odd;
    u[4 * step] = both + g2 - odd;
    u[5 * step] = g2;
}

/// G g Gᵀ of nine values but for the scales of both sides: position 6 i + j.
DK_INLINE void whole_positions(floats16 *out, const floats16 g[9]) {
    floats16 columns[18];
    for (size_t j = 0; j < 3; j++) whole_points(columns + j, g + j, 3);
    for (size_t i = 0; i < 6; i++) whole_points(out + 6 * i, columns + 3 * i, 1);
}

/// The 36 transformed integers of sixteen outputs and one channel, as floats.
DK_INLINE void transform_integers(floats16 *out, const int16_t *weights, size_t width) {
    floats16 g[9];
    for (size_t i = 0; i < 9; i++) {
        g[i] = __builtin_convertvector(*(const unaligned_signed_halves16 *)(weights + i * width), floats16);
    }
    whole_positions(out, g);
}

/// The factors of `n` channels from the sums and the largest of their transforms' magnitudes.
DK_INLINE floats16 factors_of(floats16 sum, floats16 largest, size_t n) {
    // A sum of 512 in single may be too small by its rounding.
    doubles16 sums = __builtin_convertvector(sum, doubles16) * (1 + 0x1p-15);
    doubles16 by_sum = ((double)INT32_MAX / dk_fixed_row_limit - (double)n / 2 - 1) / sums;
    doubles16 by_largest = 32767 / __builtin_convertvector(largest, doubles16);
    floats16 a = __builtin_convertvector(by_sum * (1 - 0x1p-22), floats16);
    floats16 b = __builtin_convertvector(by_largest * (1 - 0x1p-22), floats16);
    return choose(largest > splat(0), smaller(a, b), splat(0));
}

DK_INLINE void find_block_factors(float *factors, const int16_t *weights, size_t width, size_t n) {
    floats16 sums[dk_winograd_positions], largest[dk_winograd_positions], points[dk_winograd_positions];
    for (size_t p = 0; p < dk_winograd_positions; p++) sums[p] = largest[p] = splat(0);
    for (size_t c = 0; c < n; c++) {
        transform_integers(points, weights + c * 9 * width, width);
        for (size_t p = 0; p < dk_winograd_positions; p++) {
            floats16 x = (floats16)magnitude_bits(points[p]);
            sums[p] = sums[p] + x;
            largest[p] = larger(x, largest[p]);
        }
    }
    for (size_t p = 0; p < dk_winograd_positions; p++) store(factors + p * width, factors_of(sums[p], largest[p], n));
}

static void find_position_factors(float *factors, dk_winograd_panel panel) {
    size_t width = panel.output_count;
    for (size_t c = 0; c < panel.channel_count; c += panel.block_length) {
        size_t left = panel.channel_count - c, n = left < panel.block_length ? left : panel.block_length;
        for (size_t k = 0; k < width; k += lane_count) {
            find_block_factors(factors + k, panel.weights + c * 9 * width + k, width, n);
        }
        factors += dk_winograd_positions * width;
    }
}

/// The transform of channel `c` of `n`; zeros behind the last.
DK_INLINE void transform_channel(floats16 *out, const int16_t *weights, size_t c, size_t n, size_t width) {
    if (c < n) transform_integers(out, weights + c * 9 * width, width);
    else for (size_t p = 0; p < dk_winograd_positions; p++) out[p] = splat(0);
}

/// A block of channels, all positions, for sixteen outputs. `out` is at the block's first channel.
DK_INLINE void expand_block(int16_t *out, size_t position_stride, const int16_t *weights, const float *factors,
                            size_t width, size_t n) {
    for (size_t step = 0; step < dk_fixed_row_length(n) / woven_channels; step++) {
        floats16 points[woven_channels][dk_winograd_positions];
        for (size_t i = 0; i < woven_channels; i++) {
            transform_channel(points[i], weights, woven_channel(step, i), n, width);
        }
        for (size_t p = 0; p < dk_winograd_positions; p++) {
            floats16 factor = load(factors + p * width);
            words16 x[woven_channels];
            for (size_t i = 0; i < woven_channels; i++) x[i] = rounded_words(points[i][p], factor);
            store_woven(out + p * position_stride + woven_offset(step, width), x);
        }
    }
}

DK_INLINE floats16 scales_of(size_t position, floats16 factors, floats16 weight_scales) {
    float scale = point_scales[position / 6] * point_scales[position % 6];
    return choose(factors > splat(0), weight_scales * splat(scale) / factors, splat(0));
}

static void expand_panel(int16_t *expanded, size_t position_stride, float *scales, dk_winograd_panel panel) {
    size_t width = panel.output_count, block = 0;
    size_t blocks = dk_fixed_block_count(panel.channel_count, panel.block_length);
    for (size_t c = 0; c < panel.channel_count; c += panel.block_length, block++) {
        size_t left = panel.channel_count - c, n = left < panel.block_length ? left : panel.block_length;
        const float *factors = panel.factors + block * dk_winograd_positions * width;
        for (size_t k = 0; k < width; k += lane_count) {
            expand_block(expanded + c * width + vector_offset(k), position_stride, panel.weights + c * 9 * width + k,
                         factors + k, width, n);
            for (size_t p = 0; p < dk_winograd_positions; p++) {
                store(scales + (p * blocks + block) * width + k,
                      scales_of(p, load(factors + p * width + k), load(panel.weight_scales + k)));
            }
        }
    }
}
