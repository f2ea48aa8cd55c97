// Scores of a few queries, and the sums of their weighted values, by products of pairs.

/// The last vector's second half is left out where values have only the first.
enum { sums_last_vector = 0 };

/// Scores of `vectors` (a constant) vectors of keys over one block of channels.
DK_INLINE void score_vectors(query_group *group, const int16_t *const queries[rows_at_once], size_t key,
                             const int16_t *keys, size_t pitch, const float *scales, size_t first_pair,
                             size_t pair_count, int vectors) {
    pair_sums totals;
    sum_pairs(totals, queries, first_pair, pair_count, keys, pitch, vectors);
    for (int r = 0; r < rows_at_once; r++) {
        for (int v = 0; v < vectors; v++) {
            float *score = group->scores[r] + key + v * lane_count;
            floats16 part = __builtin_convertvector(totals[r][v], floats16) * load(scales + v * lane_count);
            store(score, first_pair == 0 ? part : load(score) + part);
        }
    }
}

/// One panel of keys, of which the first is `key` in its block, over one block of channels.
DK_INLINE void score_panel(query_group *group, const int16_t *const queries[rows_at_once], size_t key,
                           const int16_t *keys, const float *scales, size_t vector_count, size_t first_pair,
                           size_t pair_count) {
    size_t pitch = vector_count * 2 * lane_count;
    keys += first_pair * pitch;
    for (size_t v = 0; v < vector_count; v += vectors_at_once) {
        const int16_t *k = keys + v * 2 * lane_count;
        const float *s = scales + v * lane_count;
        size_t at = key + v * lane_count;
        switch (smaller_size(vector_count - v, vectors_at_once)) {
        case 4: score_vectors(group, queries, at, k, pitch, s, first_pair, pair_count, 4); break;
        case 3: score_vectors(group, queries, at, k, pitch, s, first_pair, pair_count, 3); break;
        case 2: score_vectors(group, queries, at, k, pitch, s, first_pair, pair_count, 2); break;
        default: score_vectors(group, queries, at, k, pitch, s, first_pair, pair_count, 1);
        }
    }
}

/// Scores of the block of `count` keys from `first_key` on.
DK_INLINE void score_block(query_group *group, const dk_attention_memory *memory, size_t first_key, size_t count) {
    dk_fixed_shape shape = dk_attention_key_shape(memory->key_count, memory->key_width);
    size_t row_length = dk_fixed_row_length(memory->key_width), step = shape.block_length / 2;
    size_t pair_count = pairs_of(memory->key_width);
    const int16_t *queries[rows_at_once];
    point_to_rows(queries, group->queries, group->query_stride, group->count);
    for (size_t k = 0; k < count; k += dk_fixed_panel_width) {
        size_t vectors = (smaller_size(count - k, dk_fixed_panel_width) + lane_count - 1) / lane_count;
        const int16_t *keys = memory->keys + (first_key + k) * row_length;
        const float *scales = memory->key_scales + first_key + k;
        for (size_t p = 0; p < pair_count; p += step, scales += shape.scale_stride) {
            score_panel(group, queries, k, keys, scales, vectors, p, smaller_size(pair_count - p, step));
        }
    }
}

/// sums = sums · older + weights · values · newer for `vectors` (a constant) vectors of columns, and for the first half of
/// the next if `and_half` (a constant).
DK_INLINE void add_columns(const query_group *group, const int16_t *const weights[rows_at_once], float *sums,
                           size_t stride, const int16_t *values, size_t pitch, const float *scales, size_t pair_count,
                           int vectors, int and_half) {
    pair_sums totals;
    ints8 halves[rows_at_once];
    if (and_half) sum_pairs_and_half(totals, halves, weights, pair_count, values, pitch, vectors);
    else sum_pairs(totals, weights, 0, pair_count, values, pitch, vectors);
    for (int r = 0; r < rows_at_once; r++) {
        if ((size_t)r >= group->count) return;
        float *sum = sums + r * stride;
        for (int v = 0; v < vectors; v++) {
            add_column(group, r, sum + v * lane_count, totals[r][v], load(scales + v * lane_count));
        }
        if (and_half) {
            add_column(group, r, sum + vectors * lane_count, with_zeros(halves[r]),
                       load(scales + vectors * lane_count));
        }
    }
}

/// One panel of `columns` columns.
DK_INLINE void add_panel(const query_group *group, const int16_t *const weights[rows_at_once], float *sums,
                         size_t stride, const int16_t *values, const float *scales, size_t columns, size_t pair_count) {
    size_t vector_count = (columns + lane_count - 1) / lane_count, pitch = vector_count * 2 * lane_count;
    for (size_t v = 0; v < vector_count; v += vectors_at_once) {
        const int16_t *x = values + v * 2 * lane_count;
        const float *s = scales + v * lane_count;
        float *sum = sums + v * lane_count;
        switch (smaller_size((columns + half_count - 1) / half_count - 2 * v, 2 * vectors_at_once)) {
        case 8: add_columns(group, weights, sum, stride, x, pitch, s, pair_count, 4, 0); break;
        case 7: add_columns(group, weights, sum, stride, x, pitch, s, pair_count, 3, 1); break;
        case 6: add_columns(group, weights, sum, stride, x, pitch, s, pair_count, 3, 0); break;
        case 5: add_columns(group, weights, sum, stride, x, pitch, s, pair_count, 2, 1); break;
        case 4: add_columns(group, weights, sum, stride, x, pitch, s, pair_count, 2, 0); break;
        case 3: add_columns(group, weights, sum, stride, x, pitch, s, pair_count, 1, 1); break;
        case 2: add_columns(group, weights, sum, stride, x, pitch, s, pair_count, 1, 0); break;
        default: add_columns(group, weights, sum, stride, x, pitch, s, pair_count, 0, 1);
        }
    }
}

DK_INLINE void add_values(const query_group *group, const dk_attention_memory *memory, size_t first_key, size_t count,
                          running_results results) {
    const int16_t *weights[rows_at_once];
    point_to_rows(weights, first_weights(group), weight_stride, group->count);
    const int16_t *values = memory->values + first_key * results.stride;
    const float *scales = memory->value_scales + first_key / dk_attention_block * results.stride;
    for (size_t c = 0; c < memory->value_width; c += dk_fixed_panel_width) {
        size_t columns = smaller_size(memory->value_width - c, dk_fixed_panel_width);
        add_panel(group, weights, results.sums + c, results.stride, values + dk_fixed_row_length(count) * c, scales + c,
                  columns, pairs_of(count));
    }
}

#include "attention_loop.h"

static void attend(float *out, size_t out_stride, const int16_t *queries, size_t query_stride,
                   const float *query_scales, size_t query_count, float score_scale, dk_attention_memory memory,
                   float *scratch) {
    attention_queries all = {out, out_stride, queries, query_stride, query_scales, query_count, score_scale};
    attend_queries(&all, &memory, scratch);
}
