// The sizes of what attention in fixed point packs.

#include "tables.h"

/// Channels of a key that share a scale at most: more cost bits, fewer cost conversions of integers to floats.
enum { longest_key_block = 192 };

static size_t blocks_of(size_t count, size_t length) { return (count + length - 1) / length; }

static size_t key_block_length(size_t key_width) {
    return dk_fixed_row_length(blocks_of(key_width, blocks_of(key_width, longest_key_block)));
}

dk_fixed_shape dk_attention_key_shape(size_t key_count, size_t key_width) {
    return (dk_fixed_shape){
        .channel_count = key_width,
        .output_count = key_count,
        .block_length = key_block_length(key_width),
        .scale_stride = dk_fixed_padded_outputs(key_count),
        .packed_channel_count = key_width,
    };
}

size_t dk_attention_key_elements(size_t key_count, size_t key_width) {
    return dk_fixed_padded_outputs(key_count) * dk_fixed_row_length(key_width);
}

size_t dk_attention_key_scale_count(size_t key_count, size_t key_width) {
    return dk_fixed_padded_outputs(key_count) * dk_fixed_block_count(key_width, key_block_length(key_width));
}

size_t dk_attention_padded_columns(size_t value_width) { return dk_fixed_padded_outputs(value_width); }

size_t dk_attention_value_elements(size_t key_count, size_t value_width) {
    return dk_fixed_row_length(key_count) * dk_attention_padded_columns(value_width);
}

size_t dk_attention_value_scale_count(size_t key_count, size_t value_width) {
    return blocks_of(key_count, dk_attention_block) * dk_attention_padded_columns(value_width);
}

size_t dk_attention_scratch_count(size_t query_count, size_t value_width) {
    // A maximum and a denominator for each query besides its sums.
    return query_count * (dk_attention_padded_columns(value_width) + 2);
}
