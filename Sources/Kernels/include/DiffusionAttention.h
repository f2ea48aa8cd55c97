#ifndef DIFFUSION_ATTENTION_H
#define DIFFUSION_ATTENTION_H

#include "DiffusionFixedPoint.h"

/// Attention of one head in 16-bit fixed point: softmax(q·kᵀ / √d)·v over blocks of 256 keys with a running maximum
/// (Dao et al. 2022, algorithm 1, forward); the matrix of all scores never exists.
///
///   queries  rows of `quantise_queries`, scale a per query
///   keys     panels of `pack_keys` with keys for outputs, scale b per key and block of channels
///   scores   s = Σ_blocks b · Σ qq · qk: the inner sums are exact
///   weights  w = round(16383 · 2^-x), x = (m - s) · a · log2(e) / √d in steps of 1/4096, m the block's largest score
///   values   qv = round(v / c), scale c per column and block of keys: 16383 · Σ |qv| < 2^31
///   result   Σ_blocks r · c · Σ w · qv / Σ_blocks r · Σ w, r = 2^((m - m_all) · a · log2(e) / √d)
///
/// The largest weight of every block is 16383, and the denominator is made of the rounded weights: rounding moves a
/// result by at most 128/16383 of the spread of the values, however the scores are spread and however many they are.
/// 2^-x has a relative error of at most 2e-4, and is 0 from x = 15 on. r has one of 3e-6 at most, and is 2^-30 at least.
///
/// Each query's result depends on that query, the keys and the values only. The paths give the same bytes.

#pragma clang assume_nonnull begin

enum {
    /// Keys that share value scales and a maximum.
    dk_attention_block = 256,
    /// The weight of a block's largest score.
    dk_attention_weight_limit = 16383,
    /// Steps of a score to a factor of 2 of its weight.
    dk_attention_steps = 4096,
};

/// One head's keys and values as `attend` wants them, for widths and counts of at least 1.
typedef struct dk_attention_memory {
    /// dk_attention_key_elements elements: the panels of 64 keys, one after another.
    const int16_t *keys;
    /// [block of channels][padded key], all below 2^90: then no score can overflow single precision.
    const float *key_scales;
    /// dk_attention_value_elements elements: blocks of 256 keys, each with panels of 64 columns that are laid out like
    /// those of a weight, keys for channels. Behind the last column, where there is room in its vector, stands a column
    /// of ones: its sum is that of the weights.
    const int16_t *values;
    /// [block of keys][padded column].
    const float *value_scales;
    size_t key_count;
    size_t key_width;
    size_t value_width;
} dk_attention_memory;

/// The shape that packs the keys of a head by `pack_keys`. Panel p of 64 keys begins at
/// 64 · p · dk_fixed_row_length(key_width) in the keys, and at 64 · p in the scales.
dk_fixed_shape dk_attention_key_shape(size_t key_count, size_t key_width);

/// int16 elements of the packed keys, and floats of their scales.
size_t dk_attention_key_elements(size_t key_count, size_t key_width);
size_t dk_attention_key_scale_count(size_t key_count, size_t key_width);

/// Columns of packed values: `value_width` rounded up to whole vectors. Block i of 256 keys begins at
/// 256 · i · that in the values, and at i · that in their scales.
size_t dk_attention_padded_columns(size_t value_width);

/// int16 elements of the packed values, and floats of their scales.
size_t dk_attention_value_elements(size_t key_count, size_t value_width);
size_t dk_attention_value_scale_count(size_t key_count, size_t value_width);

/// Floats that `attend` needs beside its result.
size_t dk_attention_scratch_count(size_t query_count, size_t value_width);

typedef struct dk_attention_kernels {
    dk_fixed_layout layout;

    /// As dk_fixed_kernels.quantise_rows and pack_panel, in that layout.
    size_t (*quantise_queries)(int16_t *out, size_t out_stride, float *scales, size_t scale_stride, const float *rows,
                               size_t row_count, size_t row_stride, size_t channel_count);
    size_t (*pack_keys)(int16_t *packed, float *scales, const float *weights, size_t output_stride,
                        dk_fixed_shape shape);

    /// Quantises and packs the values [key][column] of one block of 1 ... 256 keys. Returns a column of padded
    /// dk_attention_padded_columns that holds a NaN or an infinity (then nothing is packed), or that many.
    size_t (*pack_values)(int16_t *packed, float *scales, const float *values, size_t key_stride, size_t key_count,
                          size_t value_width);

    /// weights[i] = round(16383 · 2^-((largest - scores[i]) · scale)) for i < count; `weights` has room for whole
    /// vectors, and those behind `count` become 0. No score is above `largest`, `scale` is positive. Returns Σ weights.
    /// |error| <= 0.5 + 2e-4 · weight.
    int32_t (*weigh)(int16_t *weights, const float *scores, size_t count, float largest, float scale);

    /// out[q][column] for a tile of quantised queries. `score_scale` is log2(e) / √d; a query scale of 0 stands for a
    /// query of zeros. `scratch` takes dk_attention_scratch_count floats.
    void (*attend)(float *out, size_t out_stride, const int16_t *queries, size_t query_stride,
                   const float *query_scales, size_t query_count, float score_scale, dk_attention_memory memory,
                   float *scratch);
} dk_attention_kernels;

/// The table of a path, or null where this processor lacks it (AVX-512 needs VNNI too here).
const dk_attention_kernels *_Nullable dk_attention_kernels_for(dk_path path);

/// The plain twins: the same roundings one element at a time, sums in 64 bits; the same bytes as the paths.
const dk_attention_kernels *dk_attention_reference_table(void);

#pragma clang assume_nonnull end

#endif
