#ifndef DIFFUSION_INT8_H
#define DIFFUSION_INT8_H

#include "DiffusionFixedPoint.h"

/// The 8-bit product: rows x weights with integer sums, one scale per row and block of channels, and one per output
/// and block.
///
///   row scale     a (per row and block of channels) = max_c |x_c| / 127      qx_c = round(x_c / a)
///   weight scale  b (per output and block)          = max_c |w_c| / 127      qw_c = round(w_c / b)
///   result        y_k = Σ_blocks a · b · Σ_{c in block} qx_c · qw_c   (+ bias) (+ addend)
///
/// The inner sums are exact in 32 bits: 255 · 127 · 65536 < 2^31. Rounding is to nearest even. The paths give the same
/// integers, and the same bytes in the result.
///
/// A quantised row is its channels as qx + 128 (uint8, padded to whole quads with 128), then its scales (float, one per
/// block). Packed weights are [panel][quad of channels][output of the panel][4] int8: panels as in fixed point. Because
/// rows hold 128 too much, every output and block has an offset of -128 · Σ qw with which its sum begins.

#pragma clang assume_nonnull begin

enum {
    /// The largest magnitude of quantised rows and weights.
    dk_int8_limit = 127,
};

/// Channels in whole quads: `channel_count` rounded up to a multiple of 4.
size_t dk_int8_padded_channels(size_t channel_count);

/// Bytes of a quantised row with its scales: a multiple of 4.
size_t dk_int8_row_bytes(size_t channel_count, size_t block_length);

/// Blocks are multiples of 4 channels in `shape.block_length`, 4 ... 65536; `shape.scale_stride` is that of offsets too.
typedef struct dk_int8_kernels {
    /// Quantises rows of floats; `out_stride` is in bytes, a multiple of 4, at least dk_int8_row_bytes(). `out` is aligned
    /// like a float. Returns the first row that holds a NaN or an infinity (rows after it are not written), or
    /// `row_count`. A block whose largest magnitude is below 2^-100 counts as zeros and has the scale 0.
    size_t (*quantise_rows)(uint8_t *out, size_t out_stride, const float *rows, size_t row_count, size_t row_stride,
                            size_t channel_count, size_t block_length);

    /// Quantises and packs one panel: weights [output][channel] with `output_stride`, at most 64 outputs
    /// (`shape.output_count`). `packed` takes padded channels · padded outputs, `scales` and `offsets` one row of padded
    /// outputs per block (at `shape.scale_stride`). Returns an output with a NaN or an infinity, or `output_count`.
    size_t (*pack_panel)(int8_t *packed, float *scales, int32_t *offsets, const float *weights, size_t output_stride,
                         dk_fixed_shape shape);

    /// out[r][k] = (Σ_blocks row_scales[r][block] · (scales[block][k] · Σ rows[r] · packed[k]) + bias[k]) + addend[r][k],
    /// for whole panels from the first of `packed` on. Rows hold `shape.channel_count` channels from `shape.first_channel`
    /// on, with their scales; `packed`, `scales` and `offsets` are those of channel 0. `row_stride` is in bytes, the others
    /// in elements; a null bias or addend counts as zeros, and the addend may be `out`.
    void (*product)(float *out, size_t out_stride, const uint8_t *rows, size_t row_stride, size_t row_count,
                    const int8_t *packed, const float *scales, const int32_t *offsets, dk_fixed_shape shape,
                    const float *_Nullable bias, const float *_Nullable addend, size_t addend_stride);
} dk_int8_kernels;

/// The table of a path, or null where this processor lacks it (AVX-512 needs VNNI too here).
const dk_int8_kernels *_Nullable dk_int8_kernels_for(dk_path path);

/// The plain twins, with sums in 64 bits.
const dk_int8_kernels *dk_int8_reference_table(void);

#pragma clang assume_nonnull end

#endif
