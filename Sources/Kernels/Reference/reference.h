#ifndef DK_REFERENCE_H
#define DK_REFERENCE_H

#include "../tables.h"

// Products and sums here are rounded one by one, as in the vector kernels.
#pragma STDC FP_CONTRACT OFF

// Elementwise
void dk_reference_add(float *out, const float *a, const float *b, size_t n);
void dk_reference_add_row_bias(float *rows, size_t row_count, size_t row_stride, const float *bias, size_t n);
void dk_reference_scale_rows(float *rows, size_t row_count, size_t row_stride, size_t n, const float *factor);
size_t dk_reference_find_non_finite(const float *in, size_t n);
void dk_reference_exponential(float *out, const float *in, size_t n);
void dk_reference_silu(float *out, const float *in, size_t n);
void dk_reference_gelu(float *out, const float *in, size_t n);
void dk_reference_quick_gelu(float *out, const float *in, size_t n);
void dk_reference_gelu_tanh(float *out, const float *in, size_t n);
void dk_reference_geglu(float *out, const float *in, size_t row_count, size_t n);

// Rows and channels
void dk_reference_layer_norm(float *out, const float *in, size_t row_count, size_t n, const float *gamma,
                             const float *beta, float eps);
void dk_reference_channel_sums(const float *in, size_t pixel_count, size_t channel_stride, size_t channel_count,
                               double *sums);
void dk_reference_channel_square_deviations(const float *in, size_t pixel_count, size_t channel_stride,
                                            size_t channel_count, const float *mean_per_channel, double *sums);
void dk_reference_scale_shift_channels(float *out, const float *in, size_t pixel_count, size_t out_stride,
                                       size_t in_stride, size_t channel_count, const float *center,
                                       const float *scale, const float *shift, int apply_silu);
void dk_reference_softmax_tile(float *scores, size_t row_count, size_t column_count, size_t row_stride, float scale,
                               float *running_max, float *running_sum, float *correction);

// Formats
void dk_reference_widen_f16(float *out, const uint16_t *in, size_t n);
void dk_reference_widen_bf16(float *out, const uint16_t *in, size_t n);
void dk_reference_narrow_f16(uint16_t *out, const float *in, size_t n);
void dk_reference_transpose_nchw_to_nhwc(float *out, const float *in, size_t channels, size_t pixels);
void dk_reference_transpose_nhwc_to_nchw(float *out, const float *in, size_t channels, size_t pixels);
void dk_reference_rgb_to_bytes(uint8_t *out, const float *in, size_t n);

size_t dk_reference_quantise_rows(int16_t *out, size_t out_stride, float *scales, size_t scale_stride,
                                  const float *rows, size_t row_count, size_t row_stride, size_t channel_count);
size_t dk_reference_pack_panel(int16_t *packed, float *scales, const float *weights, size_t output_stride,
                               dk_fixed_shape shape);

#endif
