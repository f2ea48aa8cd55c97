// Attention of a few queries at a time over blocks of keys that stay in the nearest cache meanwhile.

/// Queries that the registers hold, before one block of keys. Vectors of 16 lanes have one lane per query.
typedef struct query_group {
    size_t count;
    const int16_t *queries[rows_at_once];
    const int16_t *weight_rows[rows_at_once];
    floats16 scale;
    float scores[rows_at_once][dk_attention_block];
    int16_t weights[rows_at_once][dk_attention_block];
    /// What becomes of the sums of earlier blocks, and of this block's.
    float older[lane_count], newer[lane_count];
} query_group;

/// Where the running results of a group lie.
typedef struct running_results {
    float *maxima;
    float *denominators;
    /// One row of `stride` columns per query.
    float *sums;
    size_t stride;
} running_results;

DK_INLINE size_t smaller_size(size_t a, size_t b) { return a < b ? a : b; }

/// Scores of `vectors` (a constant) vectors of keys over one block of channels.
DK_INLINE void score_vectors(query_group *group, size_t key, const int16_t *keys, size_t pitch, const float *scales,
                             size_t first_pair, size_t pair_count, int vectors) {
    pair_sums totals;
    sum_pairs(totals, group->queries, first_pair, pair_count, keys, pitch, vectors);
    for (int r = 0; r < rows_at_once; r++) {
        for (int v = 0; v < vectors; v++) {
            float *score = group->scores[r] + key + v * lane_count;
            floats16 part = __builtin_convertvector(totals[r][v], floats16) * load(scales + v * lane_count);
            store(score, first_pair == 0 ? part : load(score) + part);
        }
    }
}

/// One panel of keys, of which the first is `key` in its block, over one block of channels.
DK_INLINE void score_panel(query_group *group, size_t key, const int16_t *keys, const float *scales,
                           size_t vector_count, size_t first_pair, size_t pair_count) {
    size_t pitch = vector_count * 2 * lane_count;
    keys += first_pair * pitch;
    for (size_t v = 0; v < vector_count; v += vectors_at_once) {
        const int16_t *k = keys + v * 2 * lane_count;
        const float *s = scales + v * lane_count;
        size_t at = key + v * lane_count;
        switch (smaller_size(vector_count - v, vectors_at_once)) {
        case 4: score_vectors(group, at, k, pitch, s, first_pair, pair_count, 4); break;
        case 3: score_vectors(group, at, k, pitch, s, first_pair, pair_count, 3); break;
        case 2: score_vectors(group, at, k, pitch, s, first_pair, pair_count, 2); break;
        default: score_vectors(group, at, k, pitch, s, first_pair, pair_count, 1);
        }
    }
}

/// Scores of the block of `count` keys from `first_key` on; -infinity behind the last of them.
DK_INLINE void score_block(query_group *group, const dk_attention_memory *memory, size_t first_key, size_t count) {
    dk_fixed_shape shape = dk_attention_key_shape(memory->key_count, memory->key_width);
    size_t row_length = dk_fixed_row_length(memory->key_width), step = shape.block_length / 2;
    size_t pair_count = (memory->key_width + 1) / 2;
    for (size_t k = 0; k < count; k += dk_fixed_panel_width) {
        size_t vectors = (smaller_size(count - k, dk_fixed_panel_width) + lane_count - 1) / lane_count;
        const int16_t *keys = memory->keys + (first_key + k) * row_length;
        const float *scales = memory->key_scales + first_key + k;
        for (size_t p = 0; p < pair_count; p += step, scales += shape.scale_stride) {
            score_panel(group, k, keys, scales, vectors, p, smaller_size(pair_count - p, step));
        }
    }
    if (count % lane_count == 0) return;
    for (int r = 0; r < rows_at_once; r++) {
        float *last = group->scores[r] + count / lane_count * lane_count;
        store(last, choose(first_lanes(count % lane_count), load(last), splat(-__builtin_inff())));
    }
}

DK_INLINE float largest_score(const float *scores, size_t vectors) {
    floats16 largest = load(scores);
    for (size_t v = 1; v < vectors; v++) largest = larger(load(scores + v * lane_count), largest);
    return largest_of_lanes(largest);
}

/// Turns one row of scores into weights; their sum.
DK_INLINE float weigh_row(int16_t *weights, const float *scores, size_t vectors, floats16 largest, floats16 scale) {
    words16 sum = {0};
    for (size_t v = 0; v < vectors; v++) {
        words16 w = weights_of(load(scores + v * lane_count), largest, scale);
        sum += w;
        *(unaligned_halves16 *)(weights + v * lane_count) = __builtin_convertvector(w, halves16);
    }
    uint32_t upper_halves = (uint32_t)(vectors * lane_count) * rounder_bits;
    return (float)(int32_t)(__builtin_reduce_add(sum) - upper_halves);
}

/// Weights of a block, the maxima and denominators with it, and the factors between it and the earlier blocks.
DK_INLINE void weigh_block(query_group *group, size_t count, running_results results) {
    float largest[lane_count] = {0}, sums[lane_count] = {0}, scales[lane_count];
    size_t vectors = (count + lane_count - 1) / lane_count;
    store(scales, group->scale);
    for (int r = 0; r < rows_at_once; r++) largest[r] = largest_score(group->scores[r], vectors);
    for (int r = 0; r < rows_at_once; r++) {
        sums[r] = weigh_row(group->weights[r], group->scores[r], vectors, splat(largest[r]), splat(scales[r]));
    }
    floats16 before = load_first(results.maxima, group->count, splat(0)), here = load(largest);
    floats16 maximum = larger(here, before);
    floats16 older = scaled_power((before - maximum) * group->scale, 1);
    floats16 newer = scaled_power((here - maximum) * group->scale, 1);
    floats16 denominator = load_first(results.denominators, group->count, splat(0)) * older + load(sums) * newer;
    store_first(results.maxima, maximum, group->count);
    store_first(results.denominators, denominator, group->count);
    store(group->older, older);
    store(group->newer, newer);
}

/// sum = sum · older + totals · scales · newer for one query and vector of columns.
DK_INLINE void add_column(const query_group *group, int r, float *sum, ints16 totals, const float *scales) {
    floats16 part = __builtin_convertvector(totals, floats16) * load(scales);
    store(sum, load(sum) * splat(group->older[r]) + part * splat(group->newer[r]));
}

/// sums = sums · older + weights · values · newer for `vectors` (a constant) vectors of columns, and for the first half of
/// the next if `and_half` (a constant).
DK_INLINE void add_columns(const query_group *group, float *sums, size_t stride, const int16_t *values, size_t pitch,
                           const float *scales, size_t pair_count, int vectors, int and_half) {
    pair_sums totals;
    ints8 halves[rows_at_once];
    if (and_half) sum_pairs_and_half(totals, halves, group->weight_rows, pair_count, values, pitch, vectors);
    else sum_pairs(totals, group->weight_rows, 0, pair_count, values, pitch, vectors);
    for (int r = 0; r < rows_at_once; r++) {
        if ((size_t)r >= group->count) return;
        float *sum = sums + r * stride;
        for (int v = 0; v < vectors; v++) {
            add_column(group, r, sum + v * lane_count, totals[r][v], scales + v * lane_count);
        }
        if (and_half) {
            add_column(group, r, sum + vectors * lane_count, with_zeros(halves[r]), scales + vectors * lane_count);
        }
    }
}

/// One panel of `columns` columns.
DK_INLINE void add_panel(const query_group *group, float *sums, size_t stride, const int16_t *values,
                         const float *scales, size_t columns, size_t pair_count) {
    size_t vector_count = (columns + lane_count - 1) / lane_count, pitch = vector_count * 2 * lane_count;
    for (size_t v = 0; v < vector_count; v += vectors_at_once) {
        const int16_t *x = values + v * 2 * lane_count;
        const float *s = scales + v * lane_count;
        float *sum = sums + v * lane_count;
        switch (smaller_size((columns + half_count - 1) / half_count - 2 * v, 2 * vectors_at_once)) {
        case 8: add_columns(group, sum, stride, x, pitch, s, pair_count, 4, 0); break;
        case 7: add_columns(group, sum, stride, x, pitch, s, pair_count, 3, 1); break;
        case 6: add_columns(group, sum, stride, x, pitch, s, pair_count, 3, 0); break;
        case 5: add_columns(group, sum, stride, x, pitch, s, pair_count, 2, 1); break;
        case 4: add_columns(group, sum, stride, x, pitch, s, pair_count, 2, 0); break;
        case 3: add_columns(group, sum, stride, x, pitch, s, pair_count, 1, 1); break;
        case 2: add_columns(group, sum, stride, x, pitch, s, pair_count, 1, 0); break;
        default: add_columns(group, sum, stride, x, pitch, s, pair_count, 0, 1);
        }
    }
}

DK_INLINE void add_values(const query_group *group, const dk_attention_memory *memory, size_t first_key, size_t count,
                          running_results results) {
    size_t pairs = (count + 1) / 2;
    const int16_t *values = memory->values + first_key * results.stride;
    const float *scales = memory->value_scales + first_key / dk_attention_block * results.stride;
    for (size_t c = 0; c < memory->value_width; c += dk_fixed_panel_width) {
        size_t columns = smaller_size(memory->value_width - c, dk_fixed_panel_width);
        add_panel(group, results.sums + c, results.stride, values + 2 * pairs * c, scales + c, columns, pairs);
    }
}

DK_INLINE void begin_group(query_group *group, const int16_t *queries, size_t query_stride, const float *query_scales,
                           size_t count, float score_scale) {
    group->count = smaller_size(count, rows_at_once);
    floats16 scale = load_first(query_scales, group->count, splat(0)) * splat(score_scale);
    // The scores of a query of zeros are all 0: any scale will do, but 0 times -infinity is no number.
    group->scale = choose(scale == splat(0), splat(1), scale);
    point_to_rows(group->queries, queries, query_stride, group->count);
    point_to_rows(group->weight_rows, group->weights[0], dk_attention_block, group->count);
}

DK_INLINE void begin_results(running_results results, size_t query_count) {
    for (size_t q = 0; q < query_count; q++) {
        results.maxima[q] = -__builtin_inff();
        results.denominators[q] = 0;
    }
    for (size_t i = 0; i < query_count * results.stride; i += lane_count) store(results.sums + i, splat(0));
}

DK_INLINE running_results results_from(running_results results, size_t query) {
    return (running_results){results.maxima + query, results.denominators + query,
                             results.sums + query * results.stride, results.stride};
}

DK_INLINE void divide_row(float *out, const float *sums, float denominator, size_t n) {
    for (size_t c = 0; c < n; c += lane_count) {
        floats16 y = load(sums + c) / splat(denominator);
        if (n - c < lane_count) store_first(out + c, y, n - c); else store(out + c, y);
    }
}

static void attend(float *out, size_t out_stride, const int16_t *queries, size_t query_stride,
                   const float *query_scales, size_t query_count, float score_scale, dk_attention_memory memory,
                   float *scratch) {
    size_t padded = dk_attention_padded_columns(memory.value_width);
    float *sums = scratch + 2 * query_count;
    running_results all = {scratch, scratch + query_count, sums, padded};
    begin_results(all, query_count);
    for (size_t k = 0; k < memory.key_count; k += dk_attention_block) {
        size_t count = smaller_size(memory.key_count - k, dk_attention_block);
        for (size_t q = 0; q < query_count; q += rows_at_once) {
            query_group group;
            running_results results = results_from(all, q);
            begin_group(&group, queries + q * query_stride, query_stride, query_scales + q, query_count - q,
                        score_scale);
            score_block(&group, &memory, k, count);
            weigh_block(&group, count, results);
            add_values(&group, &memory, k, count, results);
        }
    }
    for (size_t q = 0; q < query_count; q++) {
        divide_row(out + q * out_stride, sums + q * padded, all.denominators[q], memory.value_width);
    }
}
