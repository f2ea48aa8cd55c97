#ifndef DIFFUSION_FIXED_POINT_H
#define DIFFUSION_FIXED_POINT_H

#include "DiffusionKernels.h"

#include <stdbool.h>

/// The 16-bit fixed-point product: rows x weights with integer sums, one scale per row and one per output and block
/// of channels.
///
///   row scale     a = max_c |x_c| / 8191                     qx_c = round(x_c / a)
///   weight scale  b (per output and block of channels)       qw_c = round(w_c / b)
///   result        y_k = a · Σ_blocks b · Σ_{c in block} qx_c · qw_c   (+ bias) (+ addend)
///
/// The inner sums are exact in 32 bits: b is chosen at packing so that 8191 · Σ |qw| < 2^31 for every output and
/// block. Rounding is to nearest even. The paths give the same integers, and the same bytes in the result.
///
/// Channels lie in groups of 64, the last padded with zeros. Packed weights are [panel][group of channels], panels of 64
/// outputs, the last of 16, 32, 48 or 64, padded with zeros too. A row's group is 64 int16, in which channels that are
/// 16 apart make pairs, and a panel's is [pair of channels][output of the panel][2] int16; the path with AMX keeps the
/// upper bytes apart from the lower ones in the same space (layout_tiles.h). Rows and weights are multiplied by a path
/// that has the layout they were made in.

#pragma clang assume_nonnull begin

enum {
    /// Outputs of one panel of packed weights.
    dk_fixed_panel_width = 64,
    /// Channels of one group.
    dk_fixed_group_length = 64,
    /// The largest magnitude of a quantised row.
    dk_fixed_row_limit = 8191,
};

/// The sizes of a product (one panel or several neighbouring ones of it).
typedef struct dk_fixed_shape {
    size_t channel_count;
    size_t output_count;
    /// Channels that share a weight scale: whole groups, up to 65536.
    size_t block_length;
    /// From the scales of one block to the next: the padded outputs of the whole weight.
    size_t scale_stride;
    /// Channels of the whole packed weight, which tell where its panels begin.
    size_t packed_channel_count;
    /// The first of the `channel_count` channels that are taken: a multiple of `block_length`.
    size_t first_channel;
    /// Whether a product's weights lie beyond what a core's own cache holds, as far as its caller knows: then they may be
    /// asked for ahead. It changes no byte.
    bool weights_are_far;
} dk_fixed_shape;

/// `output_count` rounded up to whole vectors of 16.
size_t dk_fixed_padded_outputs(size_t output_count);

/// Elements of a quantised row: `channel_count` rounded up to whole groups.
size_t dk_fixed_row_length(size_t channel_count);

/// Where a channel lies in a row of pairs: channels c and c + 16 of every 32 beside each other.
size_t dk_fixed_place(size_t channel);

/// Blocks of channels in a weight.
size_t dk_fixed_block_count(size_t channel_count, size_t block_length);

/// How integers lie in a group of channels.
typedef enum dk_fixed_layout { dk_layout_of_pairs, dk_layout_of_tiles } dk_fixed_layout;

typedef struct dk_fixed_kernels {
    dk_fixed_layout layout;

    /// Quantises dense or strided rows; `out_stride` is at least dk_fixed_row_length(channel_count). Returns the first
    /// row that holds a NaN or an infinity (it and the rows after it are not written), or `row_count`. A row whose
    /// largest magnitude is below 2^-100 counts as zeros and has the scale 0. Scales lie `scale_stride` apart.
    size_t (*quantise_rows)(int16_t *out, size_t out_stride, float *scales, size_t scale_stride, const float *rows,
                            size_t row_count, size_t row_stride, size_t channel_count);

    /// Quantises and packs one panel: weights [output][channel] with `output_stride`, at most 64 outputs
    /// (`shape.output_count`). `packed` takes row length · padded outputs, `scales` one row of padded outputs per block
    /// (at `shape.scale_stride`), for all channels. Returns an output with a NaN or an infinity, or `output_count`.
    size_t (*pack_panel)(int16_t *packed, float *scales, const float *weights, size_t output_stride,
                         dk_fixed_shape shape);

    /// out[r][k] = (row_scales[r] · Σ_blocks scales[block][k] · Σ rows[r] · packed[k] + bias[k]) + addend[r][k], for
    /// whole panels from the first of `packed` on; `packed` and `scales` are those of channel 0 whatever
    /// `shape.first_channel` is. Strides are in elements; null scales of rows count as ones, a null bias or addend as
    /// zeros, and the addend may be `out`: so a sum can grow block by block of channels, to the same bytes.
    void (*product)(float *out, size_t out_stride, const int16_t *rows, size_t row_stride,
                    const float *_Nullable row_scales, size_t row_count, const int16_t *packed, const float *scales,
                    dk_fixed_shape shape, const float *_Nullable bias, const float *_Nullable addend, size_t addend_stride);
} dk_fixed_kernels;

/// The table of a path, or null where this processor lacks it (AVX-512 needs VNNI too here).
const dk_fixed_kernels *_Nullable dk_fixed_kernels_for(dk_path path);

/// The plain twins, with sums in 64 bits.
const dk_fixed_kernels *dk_fixed_reference_table(void);

#pragma clang assume_nonnull end

#endif
