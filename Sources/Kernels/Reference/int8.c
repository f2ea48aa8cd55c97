// The plain twins of the 8-bit kernels: the same roundings one element at a time, sums in 64 bits.

#include "reference.h"

#include <math.h>
#include <string.h>

static size_t smaller_count(size_t a, size_t b) { return a < b ? a : b; }

/// Infinity where any element is not finite.
static float largest_magnitude(const float *x, size_t n) {
    float largest = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i])) return INFINITY;
        largest = fmaxf(largest, fabsf(x[i]));
    }
    return largest < 0x1p-100f ? 0 : largest;
}

static int quantised(float x, float largest) {
    return largest == 0 ? 0 : (int)rintf(x * (dk_int8_limit / largest));
}

static size_t quantise_rows(uint8_t *out, size_t out_stride, const float *rows, size_t row_count, size_t row_stride,
                            size_t channel_count, size_t block_length) {
    size_t padded = dk_int8_padded_channels(channel_count);
    for (size_t r = 0; r < row_count; r++, out += out_stride, rows += row_stride) {
        for (size_t c = 0; c < channel_count; c += block_length) {
            size_t n = smaller_count(channel_count - c, block_length);
            float largest = largest_magnitude(rows + c, n), scale = largest / dk_int8_limit;
            if (!isfinite(largest)) return r;
            for (size_t i = 0; i < n; i++) out[c + i] = (uint8_t)(quantised(rows[c + i], largest) + 128);
            memcpy(out + padded + c / block_length * sizeof(float), &scale, sizeof(float));
        }
        for (size_t c = channel_count; c < padded; c++) out[c] = 128;
    }
    return row_count;
}

static size_t pack_panel(int8_t *packed, float *scales, int32_t *offsets, const float *weights, size_t output_stride,
                         dk_fixed_shape shape) {
    size_t width = dk_fixed_padded_outputs(shape.output_count);
    for (size_t i = 0; i < width * dk_int8_padded_channels(shape.channel_count); i++) packed[i] = 0;
    for (size_t k = 0; k < width; k++) {
        for (size_t c = 0; c < shape.channel_count; c += shape.block_length) {
            size_t place = c / shape.block_length * shape.scale_stride + k;
            scales[place] = 0;
            offsets[place] = 0;
            if (k >= shape.output_count) continue;
            const float *w = weights + k * output_stride + c;
            size_t n = smaller_count(shape.channel_count - c, shape.block_length);
            float largest = largest_magnitude(w, n);
            if (!isfinite(largest)) return k;
            scales[place] = largest / dk_int8_limit;
            for (size_t i = 0; i < n; i++) {
                int integer = quantised(w[i], largest);
                packed[(c + i) / 4 * 4 * width + 4 * k + (c + i) % 4] = (int8_t)integer;
                offsets[place] -= 128 * integer;
            }
        }
    }
    return shape.output_count;
}

/// One row against one output of a panel of `width` outputs, over one block.
static int64_t block_sum(const uint8_t *row, const int8_t *column, size_t width, size_t first, size_t end) {
    int64_t sum = 0;
    for (size_t c = first; c < end; c++) sum += ((int64_t)row[c] - 128) * column[c / 4 * 4 * width + c % 4];
    return sum;
}

static float output_of_row(const uint8_t *row, const int8_t *column, size_t width, const float *scales,
                           dk_fixed_shape shape) {
    const uint8_t *row_scales = row + dk_int8_padded_channels(shape.channel_count);
    float y = 0;
    for (size_t c = 0; c < shape.channel_count; c += shape.block_length) {
        float row_scale;
        memcpy(&row_scale, row_scales + c / shape.block_length * sizeof(float), sizeof(float));
        size_t end = smaller_count(shape.channel_count, c + shape.block_length);
        float scaled = (float)block_sum(row, column, width, c, end) * scales[c / shape.block_length * shape.scale_stride];
        float part = scaled * row_scale;
        y = c == 0 ? part : y + part;
    }
    return y;
}

static void product(float *out, size_t out_stride, const uint8_t *rows, size_t row_stride, size_t row_count,
                    const int8_t *packed, const float *scales, const int32_t *offsets, dk_fixed_shape shape,
                    const float *bias, const float *addend, size_t addend_stride) {
    (void)offsets;
    size_t length = dk_int8_padded_channels(shape.packed_channel_count);
    scales += shape.first_channel / shape.block_length * shape.scale_stride;
    for (size_t k = 0; k < shape.output_count; k++) {
        size_t first = k / dk_fixed_panel_width * dk_fixed_panel_width;
        size_t width = dk_fixed_padded_outputs(smaller_count(shape.output_count - first, dk_fixed_panel_width));
        const int8_t *column = packed + first * length + shape.first_channel * width + 4 * (k - first);
        for (size_t r = 0; r < row_count; r++) {
            float y = output_of_row(rows + r * row_stride, column, width, scales + k, shape);
            if (bias) y = y + bias[k];
            if (addend) y = y + addend[r * addend_stride + k];
            out[r * out_stride + k] = y;
        }
    }
}

const dk_int8_kernels dk_int8_reference_kernels = {
    .quantise_rows = quantise_rows,
    .pack_panel = pack_panel,
    .product = product,
};
