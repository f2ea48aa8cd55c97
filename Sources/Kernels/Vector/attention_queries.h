// A few queries before one block of keys: from their scores to weights, and their running results.

/// Queries that are taken together. Vectors of 16 lanes have one lane per query.
typedef struct query_group {
    size_t count;
    const int16_t *queries;
    size_t query_stride;
    float scales[lane_count];
    /// Weighed, a row holds weights from its beginning on: whole groups of keys in the path's layout of rows.
    float scores[rows_at_once][dk_attention_block];
    float largest[lane_count], weight_sums[lane_count];
    /// What becomes of the sums of earlier blocks, and of this block's.
    float older[lane_count], newer[lane_count];
} query_group;

/// From one query's weights to the next, in integers of 16 bits.
enum { weight_stride = 2 * dk_attention_block };

DK_INLINE int16_t *weights_in(float *scores) { return (int16_t *)(void *)scores; }

DK_INLINE const int16_t *first_weights(const query_group *group) {
    return (const int16_t *)(const void *)group->scores[0];
}

/// Where the running results of a group lie.
typedef struct running_results {
    float *maxima;
    float *denominators;
    /// One row of `stride` columns per query.
    float *sums;
    size_t stride;
} running_results;

DK_INLINE size_t smaller_size(size_t a, size_t b) { return a < b ? a : b; }

/// Queries with their results, or some of them.
typedef struct attention_queries {
    float *out;
    size_t out_stride;
    const int16_t *queries;
    size_t query_stride;
    const float *scales;
    size_t count;
    float score_scale;
} attention_queries;

/// The queries from `first` on, as many as are taken together.
DK_INLINE void begin_group(query_group *group, const attention_queries *queries, size_t first) {
    group->count = smaller_size(queries->count - first, rows_at_once);
    group->queries = queries->queries + first * queries->query_stride;
    group->query_stride = queries->query_stride;
    floats16 scale = load_first(queries->scales + first, group->count, splat(0)) * splat(queries->score_scale);
    // The scores of a query of zeros are all 0: any scale will do, but 0 times -infinity is no number.
    store(group->scales, choose(scale == splat(0), splat(1), scale));
    store(group->largest, splat(0));
    store(group->weight_sums, splat(0));
}

/// Sets a row's scores behind the first `count` to -infinity, up to a whole group.
DK_INLINE void hide_scores(float *scores, size_t count) {
    for (; count % lane_count != 0; count++) scores[count] = -__builtin_inff();
    for (; count % dk_fixed_group_length != 0; count += lane_count) store(scores + count, splat(-__builtin_inff()));
}

DK_INLINE floats16 largest_scores(const float *scores, size_t vectors) {
    floats16 largest = load(scores);
    for (size_t v = 1; v < vectors; v++) largest = larger(load(scores + v * lane_count), largest);
    return largest;
}

/// Finds the largest score of each query: before any is weighed, as each takes long and none waits for another.
DK_INLINE void find_largest_scores(query_group *group, size_t count) {
    words16 largest[lane_count] = {{0}};
    for (size_t r = 0; r < group->count; r++) {
        hide_scores(group->scores[r], count);
        largest[r] = (words16)largest_scores(group->scores[r], (count + lane_count - 1) / lane_count);
        if (rows_at_once < lane_count) group->largest[r] = largest_of_lanes((floats16)largest[r]);
    }
    if (rows_at_once == lane_count) store(group->largest, largest_of_each(largest));
}

/// Turns one row of scores into weights, which may take its place; their sum, if it is wanted (a constant). The scores are
/// -infinity behind the last up to a whole group.
DK_INLINE float weigh_row(int16_t *weights, const float *scores, size_t group_count, float largest, float scale,
                          int has_sum) {
    words16 sum = {0};
    floats16 top = splat(largest), factor = splat(scale * dk_attention_steps);
    for (size_t g = 0; g < group_count; g++, scores += dk_fixed_group_length, weights += dk_fixed_group_length) {
        halves32 a = weights_of(load(scores), load(scores + lane_count), top, factor);
        halves32 b = weights_of(load(scores + 2 * lane_count), load(scores + 3 * lane_count), top, factor);
        // Four weights are less than 2^16.
        if (has_sum) sum += paired_sums(a + b);
        store_halves(weights, a, b);
    }
    return has_sum ? (float)(int32_t)__builtin_reduce_add(sum) : 0;
}

/// Weights of all queries, from their scores for `count` keys, and their sums, if they are wanted (a constant).
DK_INLINE void weigh_scores(query_group *group, size_t count, int has_sums) {
    find_largest_scores(group, count);
    for (size_t r = 0; r < group->count; r++) {
        group->weight_sums[r] = weigh_row(weights_in(group->scores[r]), group->scores[r],
                                          dk_fixed_row_length(count) / dk_fixed_group_length, group->largest[r],
                                          group->scales[r], has_sums);
    }
}

/// Takes the maxima and sums of all weighed queries into the running ones; the factors between this block and earlier ones.
DK_INLINE void combine_block(query_group *group, running_results results) {
    floats16 before = load_first(results.maxima, group->count, splat(0)), here = load(group->largest);
    floats16 maximum = larger(here, before), scale = load(group->scales);
    floats16 older = scaled_power((before - maximum) * scale, 1);
    floats16 newer = scaled_power((here - maximum) * scale, 1);
    floats16 denominator = load_first(results.denominators, group->count, splat(0));
    denominator = denominator * older + load(group->weight_sums) * newer;
    store_first(results.maxima, maximum, group->count);
    // Of zeros where a column of ones gives the sums.
    store_first(results.denominators, denominator, group->count);
    store(group->older, older);
    store(group->newer, newer);
}

/// sum = sum · older + totals · scales · newer for one query and vector of columns.
DK_INLINE void add_column(const query_group *group, size_t r, float *sum, ints16 totals, floats16 scales) {
    floats16 part = __builtin_convertvector(totals, floats16) * scales;
    store(sum, load(sum) * splat(group->older[r]) + part * splat(group->newer[r]));
}

/// Empty results for all queries. `scratch` takes dk_attention_scratch_count floats.
DK_INLINE running_results begin_results(const attention_queries *queries, const dk_attention_memory *memory,
                                        float *scratch) {
    size_t count = queries->count, stride = dk_attention_padded_columns(memory->value_width);
    for (size_t q = 0; q < count; q++) {
        scratch[q] = -__builtin_inff();
        scratch[count + q] = 0;
    }
    float *sums = scratch + 2 * count;
    for (size_t i = 0; i < count * stride; i += lane_count) store(sums + i, splat(0));
    return (running_results){scratch, scratch + count, sums, stride};
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

DK_INLINE void divide_results(const attention_queries *queries, running_results results, size_t value_width,
                              int has_ones) {
    for (size_t q = 0; q < queries->count; q++) {
        const float *sums = results.sums + q * results.stride;
        float denominator = has_ones ? sums[value_width] : results.denominators[q];
        divide_row(queries->out + q * queries->out_stride, sums, denominator, value_width);
    }
}
