// Scores of sixteen queries, and the sums of their weighted values, by products of tiles.

/// All columns of the last vector of values are summed, whether they are values or not.
enum { sums_last_vector = 1 };

/// The sums of whole groups of channels. `stride` is from group to group of the keys.
DK_INLINE void sum_keys(tile_sums *sums, const query_group *group, size_t first_channel, const int16_t *keys,
                        size_t stride, size_t group_count) {
    begin_sums();
    for (size_t g = 0; g < group_count; g++) {
        add_group(group->queries + first_channel + g * dk_fixed_group_length, group->query_stride, keys + g * stride);
    }
    store_sums(sums);
}

/// The sums of the only group of channels, of queries that lie in their registers already.
DK_INLINE void sum_narrow_keys(tile_sums *sums, const int16_t *keys) {
    begin_sums();
    load_upper_weights(keys);
    _tile_dpbssd(upper_sums, upper_rows, weight_bytes);
    _tile_dpbusd(mixed_sums, lower_rows, weight_bytes);
    load_lower_weights(keys);
    _tile_dpbsud(mixed_sums, upper_rows, weight_bytes);
    _tile_dpbuud(lower_sums, lower_rows, weight_bytes);
    store_sums(sums);
}

/// Scores of a vector of keys from the sums of one block of channels.
DK_INLINE void store_scores(query_group *group, size_t key, const tile_sums *sums, const float *scales, int is_first) {
    floats16 vector_scales = load(scales);
    for (size_t r = 0; r < group->count; r++) {
        float *score = group->scores[r] + key;
        floats16 part = scaled_sums(sums, r, vector_scales);
        store(score, is_first ? part : load(score) + part);
    }
}

/// Keys of which some are scored: `keys` and `scales` are the first one's, `width` its panel's.
typedef struct key_vector {
    const int16_t *keys;
    const float *scales;
    size_t width;
} key_vector;

DK_INLINE key_vector keys_from(const dk_attention_memory *memory, dk_fixed_shape shape, size_t key) {
    size_t panel = key / dk_fixed_panel_width * dk_fixed_panel_width;
    return (key_vector){
        memory->keys + panel * dk_fixed_row_length(memory->key_width) + vector_offset(key - panel),
        memory->key_scales + key,
        smaller_size(shape.scale_stride - panel, dk_fixed_panel_width),
    };
}

/// Scores of a vector of keys, which is `key` in its block, over all blocks of channels.
DK_INLINE void score_vector(query_group *group, size_t key, key_vector vector, dk_fixed_shape shape) {
    size_t row_length = dk_fixed_row_length(shape.channel_count);
    for (size_t c = 0; c < row_length; c += shape.block_length, vector.scales += shape.scale_stride) {
        tile_sums sums;
        size_t group_count = smaller_size(row_length - c, shape.block_length) / dk_fixed_group_length;
        sum_keys(&sums, group, c, vector.keys + c * vector.width, dk_fixed_group_length * vector.width, group_count);
        store_scores(group, key, &sums, vector.scales, c == 0);
    }
}

/// Scores of the block of `count` keys from `first_key` on.
DK_INLINE void score_block(query_group *group, const dk_attention_memory *memory, size_t first_key, size_t count) {
    dk_fixed_shape shape = dk_attention_key_shape(memory->key_count, memory->key_width);
    if (memory->key_width > dk_fixed_group_length) {
        for (size_t k = 0; k < count; k += lane_count) {
            score_vector(group, k, keys_from(memory, shape, first_key + k), shape);
        }
        return;
    }
    load_upper_rows(group->queries, group->query_stride);
    load_lower_rows(group->queries, group->query_stride);
    for (size_t k = 0; k < count; k += lane_count) {
        tile_sums sums;
        key_vector vector = keys_from(memory, shape, first_key + k);
        sum_narrow_keys(&sums, vector.keys);
        store_scores(group, k, &sums, vector.scales, 1);
    }
}

/// Adds the products of one group of keys, beginning with what needs one row of bytes only: they were written just now.
DK_INLINE void add_weighed_group(const int16_t *weights, const int16_t *values) {
    load_upper_rows(weights, weight_stride);
    load_upper_weights(values);
    _tile_dpbssd(upper_sums, upper_rows, weight_bytes);
    load_lower_weights(values);
    _tile_dpbsud(mixed_sums, upper_rows, weight_bytes);
    load_lower_rows(weights, weight_stride);
    _tile_dpbuud(lower_sums, lower_rows, weight_bytes);
    load_upper_weights(values);
    _tile_dpbusd(mixed_sums, lower_rows, weight_bytes);
}

/// The sums of weighed values of a vector of columns. `stride` is from group to group of keys.
DK_INLINE void sum_values(tile_sums *sums, const query_group *group, const int16_t *values, size_t stride,
                          size_t group_count) {
    begin_sums();
    for (size_t g = 0; g < group_count; g++) {
        add_weighed_group(first_weights(group) + g * dk_fixed_group_length, values + g * stride);
    }
    store_sums(sums);
}

DK_INLINE void add_values(const query_group *group, const dk_attention_memory *memory, size_t first_key, size_t count,
                          running_results results) {
    size_t row_length = dk_fixed_row_length(count);
    const int16_t *values = memory->values + first_key * results.stride;
    const float *scales = memory->value_scales + first_key / dk_attention_block * results.stride;
    for (size_t c = 0; c < results.stride; c += lane_count) {
        size_t panel = c / dk_fixed_panel_width * dk_fixed_panel_width;
        size_t width = smaller_size(results.stride - panel, dk_fixed_panel_width);
        tile_sums sums;
        sum_values(&sums, group, values + panel * row_length + vector_offset(c - panel), dk_fixed_group_length * width,
                   row_length / dk_fixed_group_length);
        floats16 column_scales = load(scales + c);
        for (size_t r = 0; r < group->count; r++) {
            add_column(group, r, results.sums + r * results.stride + c, whole_sums(&sums, r), column_scales);
        }
    }
}

#include "attention_loop.h"

static void attend(float *out, size_t out_stride, const int16_t *queries, size_t query_stride,
                   const float *query_scales, size_t query_count, float score_scale, dk_attention_memory memory,
                   float *scratch) {
    attention_queries all = {out, out_stride, queries, query_stride, query_scales, query_count, score_scale};
    size_t rest = query_count % tile_side;
    attention_queries last = {out + (query_count - rest) * out_stride, out_stride,
                              queries + (query_count - rest) * query_stride, query_stride,
                              query_scales + (query_count - rest), rest, score_scale};
    all.count = query_count - rest;
    if (all.count > 0) {
        configure_tiles(tile_side);
        attend_queries(&all, &memory, scratch);
    }
    if (rest > 0) {
        configure_tiles(rest);
        attend_queries(&last, &memory, scratch);
    }
    _tile_release();
}
