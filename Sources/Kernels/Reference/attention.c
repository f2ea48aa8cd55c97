// The plain twins of the attention kernels: the same roundings one element at a time, sums in 64 bits.

#include "reference.h"

#include <math.h>

static size_t smaller_count(size_t a, size_t b) { return a < b ? a : b; }

/// The int16 of a packed panel's column and row of pairs: panels of 64 columns, the last narrower.
static size_t place(size_t column, size_t row, size_t padded_columns, size_t panel_rows) {
    size_t first = column / dk_fixed_panel_width * dk_fixed_panel_width;
    size_t width = smaller_count(padded_columns - first, dk_fixed_panel_width);
    size_t in_row = dk_fixed_place(row);
    return first * panel_rows + in_row / 2 * 2 * width + 2 * (column - first) + in_row % 2;
}

/// factor · 2^x for x <= 0 by a polynomial; see the vector kernels.
static float scaled_power(float x, float factor) {
    float bounded = x > -30 ? x : -30, k = rintf(bounded), f = bounded - k;
    float q = (factor * 0x1.39f3a6p-7f) * f + factor * 0x1.c9fb52p-5f;
    q = q * f + factor * 0x1.ec03b6p-3f;
    q = q * f + factor * 0x1.62e132p-1f;
    q = q * f + factor;
    return ldexpf(q, (int)k);
}

static uint32_t high_product(uint32_t a, uint32_t b) { return a * b >> 16; }

/// round(16383 · 2^(-y / 4096)); see the vector kernels.
static int16_t falling_power(uint16_t y) {
    uint32_t f = y * 16 % 65536;
    uint32_t p = 65532 - high_product(f, 45319 - high_product(f, 15137 - high_product(f, 2587)));
    return (int16_t)(((p >> (y >> 12)) + 2) >> 2);
}

static int32_t weigh(int16_t *weights, const float *scores, size_t count, float largest, float scale) {
    int32_t sum = 0;
    float factor = scale * dk_attention_steps;
    for (size_t i = 0; i < (count + 15) / 16 * 16; i++) {
        float steps = i < count ? (largest - scores[i]) * factor : INFINITY;
        weights[i] = falling_power((uint16_t)rintf(steps < 65535 ? steps : 65535));
        sum += weights[i];
    }
    return sum;
}

static float value_factor(const float *values, size_t key_stride, size_t key_count) {
    float sum = 0, largest = 0;
    for (size_t k = 0; k < key_count; k++) {
        float magnitude = fabsf(values[k * key_stride]);
        if (!isfinite(magnitude)) return INFINITY;
        largest = fmaxf(largest, magnitude);
        sum = sum + magnitude;
    }
    if (largest < 0x1p-100f) return 0;
    double room = (double)INT32_MAX / dk_attention_weight_limit - (double)key_count / 2 - 1;
    return (float)(fmin(room / ((double)sum * (1 + 0x1p-16)), 32767 / (double)largest) * (1 - 0x1p-22));
}

static size_t pack_values(int16_t *packed, float *scales, const float *values, size_t key_stride, size_t key_count,
                          size_t value_width) {
    size_t padded = dk_attention_padded_columns(value_width), rows = dk_fixed_row_length(key_count);
    for (size_t c = 0; c < padded; c++) {
        float factor = c < value_width ? value_factor(values + c, key_stride, key_count) : 0;
        if (!isfinite(factor)) return c / 16 * 16;
        scales[c] = factor == 0 ? 0 : 1 / factor;
        if (c == value_width) scales[c] = 1;
        for (size_t k = 0; k < rows; k++) {
            int exists = c < value_width && k < key_count;
            int is_one = c == value_width && k < key_count;
            packed[place(c, k, padded, rows)] = exists ? (int16_t)rintf(values[k * key_stride + c] * factor) : is_one;
        }
    }
    return padded;
}

static float score_of(const int16_t *query, const dk_attention_memory *memory, size_t key) {
    dk_fixed_shape shape = dk_attention_key_shape(memory->key_count, memory->key_width);
    size_t row_length = dk_fixed_row_length(memory->key_width);
    float score = 0;
    for (size_t c = 0; c < row_length; c += shape.block_length) {
        int64_t sum = 0;
        for (size_t i = c; i < smaller_count(row_length, c + shape.block_length); i++) {
            sum += (int64_t)query[dk_fixed_place(i)] * memory->keys[place(key, i, shape.scale_stride, row_length)];
        }
        score = score + (float)sum * memory->key_scales[c / shape.block_length * shape.scale_stride + key];
    }
    return score;
}

/// What one query carries from block to block.
typedef struct running_row {
    float maximum;
    float denominator;
    float *sums;
} running_row;

static void add_values(running_row *row, const int16_t *weights, const dk_attention_memory *memory, size_t first,
                       size_t count, float older, float newer) {
    size_t padded = dk_attention_padded_columns(memory->value_width);
    const int16_t *values = memory->values + first * padded;
    const float *scales = memory->value_scales + first / dk_attention_block * padded;
    for (size_t c = 0; c < padded; c++) {
        int64_t sum = 0;
        for (size_t k = 0; k < count; k++) {
            sum += (int64_t)weights[k] * values[place(c, k, padded, dk_fixed_row_length(count))];
        }
        row->sums[c] = row->sums[c] * older + (float)sum * scales[c] * newer;
    }
}

static void add_block(running_row *row, const int16_t *query, float scale, const dk_attention_memory *memory,
                      size_t first, size_t count) {
    float scores[dk_attention_block], largest = -INFINITY;
    int16_t weights[dk_attention_block];
    for (size_t k = 0; k < count; k++) {
        scores[k] = score_of(query, memory, first + k);
        largest = fmaxf(largest, scores[k]);
    }
    int32_t sum = weigh(weights, scores, count, largest, scale);
    float maximum = fmaxf(row->maximum, largest);
    float older = scaled_power((row->maximum - maximum) * scale, 1);
    float newer = scaled_power((largest - maximum) * scale, 1);
    row->maximum = maximum;
    row->denominator = row->denominator * older + (float)sum * newer;
    add_values(row, weights, memory, first, count, older, newer);
}

static void attend(float *out, size_t out_stride, const int16_t *queries, size_t query_stride,
                   const float *query_scales, size_t query_count, float score_scale, dk_attention_memory memory,
                   float *scratch) {
    size_t padded = dk_attention_padded_columns(memory.value_width);
    for (size_t q = 0; q < query_count; q++) {
        running_row row = {-INFINITY, 0, scratch};
        for (size_t c = 0; c < padded; c++) row.sums[c] = 0;
        float scale = query_scales[q] * score_scale;
        for (size_t k = 0; k < memory.key_count; k += dk_attention_block) {
            add_block(&row, queries + q * query_stride, scale == 0 ? 1 : scale, &memory, k,
                      smaller_count(memory.key_count - k, dk_attention_block));
        }
        for (size_t c = 0; c < memory.value_width; c++) out[q * out_stride + c] = row.sums[c] / row.denominator;
    }
}

const dk_attention_kernels dk_attention_reference_kernels = {
    .layout = dk_layout_of_pairs,
    .quantise_queries = dk_reference_quantise_rows,
    .pack_keys = dk_reference_pack_panel,
    .pack_values = pack_values,
    .weigh = weigh,
    .attend = attend,
};
