// The plain twins of the fixed-point kernels: the same roundings one element at a time, sums in 64 bits.

#include "reference.h"

#include <math.h>

static size_t smaller_count(size_t a, size_t b) { return a < b ? a : b; }

static float largest_magnitude(const float *x, size_t n) {
    float largest = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i])) return INFINITY;
        largest = fmaxf(largest, fabsf(x[i]));
    }
    return largest < 0x1p-100f ? 0 : largest;
}

static void quantise(int16_t *out, size_t step, const float *x, size_t n, float factor) {
    for (size_t i = 0; i < dk_fixed_row_length(n); i++) {
        size_t place = dk_fixed_place(i);
        out[place / 2 * step + place % 2] = i < n ? (int16_t)rintf(x[i] * factor) : 0;
    }
}

size_t dk_reference_quantise_rows(int16_t *out, size_t out_stride, float *scales, size_t scale_stride,
                                  const float *rows, size_t row_count, size_t row_stride, size_t channel_count) {
    for (size_t r = 0; r < row_count; r++) {
        float largest = largest_magnitude(rows + r * row_stride, channel_count);
        if (!isfinite(largest)) return r;
        scales[r * scale_stride] = largest / dk_fixed_row_limit;
        float factor = largest == 0 ? 0 : dk_fixed_row_limit / largest;
        quantise(out + r * out_stride, 2, rows + r * row_stride, channel_count, factor);
    }
    return row_count;
}

/// The largest 1 / b for which the rounded magnitudes cannot overflow a sum against a row of ±8191.
static float weight_factor(const float *w, size_t n, float largest) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += fabs((double)w[i]);
    double room = (double)INT32_MAX / dk_fixed_row_limit - (double)n / 2 - 1;
    return largest == 0 ? 0 : (float)(fmin(room / sum, 32767 / (double)largest) * (1 - 0x1p-22));
}

size_t dk_reference_pack_panel(int16_t *packed, float *scales, const float *weights, size_t output_stride,
                               dk_fixed_shape shape) {
    size_t width = dk_fixed_padded_outputs(shape.output_count), row = dk_fixed_row_length(shape.channel_count);
    for (size_t i = 0; i < width * row; i++) packed[i] = 0;
    for (size_t k = 0; k < width; k++) {
        for (size_t c = 0, block = 0; c < shape.channel_count; c += shape.block_length, block++) {
            float *scale = scales + block * shape.scale_stride + k;
            *scale = 0;
            if (k >= shape.output_count) continue;
            const float *w = weights + k * output_stride + c;
            size_t n = smaller_count(shape.channel_count - c, shape.block_length);
            float largest = largest_magnitude(w, n);
            if (!isfinite(largest)) return k;
            float factor = weight_factor(w, n, largest);
            *scale = factor == 0 ? 0 : 1 / factor;
            quantise(packed + c * width + 2 * k, 2 * width, w, n, factor);
        }
    }
    return shape.output_count;
}

/// One row against one output of a panel of `width` outputs, over one block.
static int64_t block_sum(const int16_t *row, const int16_t *column, size_t width, size_t first, size_t end) {
    int64_t sum = 0;
    for (size_t c = first; c < end; c++) {
        size_t place = dk_fixed_place(c);
        sum += (int64_t)row[place] * column[place / 2 * 2 * width + place % 2];
    }
    return sum;
}

static float output_of_row(const int16_t *row, const int16_t *column, size_t width, const float *scales,
                           dk_fixed_shape shape) {
    float y = 0;
    for (size_t c = 0; c < shape.channel_count; c += shape.block_length, scales += shape.scale_stride) {
        size_t end = smaller_count(shape.channel_count, c + shape.block_length);
        y = y + (float)block_sum(row, column, width, c, end) * scales[0];
    }
    return y;
}

static void product(float *out, size_t out_stride, const int16_t *rows, size_t row_stride, const float *row_scales,
                    size_t row_count, const int16_t *packed, const float *scales, dk_fixed_shape shape,
                    const float *bias, const float *addend, size_t addend_stride) {
    size_t length = dk_fixed_row_length(shape.packed_channel_count);
    scales += shape.first_channel / shape.block_length * shape.scale_stride;
    for (size_t k = 0; k < shape.output_count; k++) {
        size_t first = k / dk_fixed_panel_width * dk_fixed_panel_width;
        size_t width = dk_fixed_padded_outputs(smaller_count(shape.output_count - first, dk_fixed_panel_width));
        const int16_t *column = packed + first * length + shape.first_channel * width + 2 * (k - first);
        for (size_t r = 0; r < row_count; r++) {
            float y = output_of_row(rows + r * row_stride, column, width, scales + k, shape);
            if (row_scales) y = y * row_scales[r];
            if (bias) y = y + bias[k];
            if (addend) y = y + addend[r * addend_stride + k];
            out[r * out_stride + k] = y;
        }
    }
}

const dk_fixed_kernels dk_fixed_reference_kernels = {
    .layout = dk_layout_of_pairs,
    .quantise_rows = dk_reference_quantise_rows,
    .pack_panel = dk_reference_pack_panel,
    .product = product,
};
