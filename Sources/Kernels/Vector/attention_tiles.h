// Scores of sixteen queries, and the sums of their weighted values, by products of tiles.

/// Scores of a vector of keys over one block of channels. `stride` is from group to group of the keys.
DK_INLINE void score_vector(query_group *group, size_t key, const int16_t *keys, size_t stride, const float *scales,
                            size_t first_channel, size_t group_count) {
    tile_sums sums;
    floats16 vector_scales = load(scales);
    sum_tiles(&sums, group->queries + first_channel, group->query_stride, keys, stride, group_count);
    for (size_t r = 0; r < group->count; r++) {
        float *score = group->scores[r] + key;
        floats16 part = scaled_sums(&sums, r, vector_scales);
        store(score, first_channel == 0 ? part : load(score) + part);
    }
}

/// Scores of the block of `count` keys from `first_key` on.
DK_INLINE void score_block(query_group *group, const dk_attention_memory *memory, size_t first_key, size_t count) {
    dk_fixed_shape shape = dk_attention_key_shape(memory->key_count, memory->key_width);
    size_t row_length = dk_fixed_row_length(memory->key_width);
    for (size_t k = 0; k < count; k += lane_count) {
        size_t panel = k / dk_fixed_panel_width * dk_fixed_panel_width;
        size_t width = smaller_size(shape.scale_stride - first_key - panel, dk_fixed_panel_width);
        const int16_t *keys = memory->keys + (first_key + panel) * row_length + vector_offset(k - panel);
        const float *scales = memory->key_scales + first_key + k;
        for (size_t c = 0; c < row_length; c += shape.block_length, scales += shape.scale_stride) {
            score_vector(group, k, keys + c * width, dk_fixed_group_length * width, scales, c,
                         smaller_size(row_length - c, shape.block_length) / dk_fixed_group_length);
        }
    }
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
        sum_tiles(&sums, group->weights[0], dk_attention_block, values + panel * row_length + vector_offset(c - panel),
                  dk_fixed_group_length * width, row_length / dk_fixed_group_length);
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
