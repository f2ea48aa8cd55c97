// Attention of some queries over all blocks of keys, each of which stays in the nearest cache for all queries.

/// `has_ones` (a constant): a column of the values gives the sums of the weights.
DK_INLINE void attend_by(const attention_queries *queries, const dk_attention_memory *memory, float *scratch,
                         int has_ones) {
    running_results results = begin_results(queries, memory, scratch);
    for (size_t k = 0; k < memory->key_count; k += dk_attention_block) {
        size_t count = smaller_size(memory->key_count - k, dk_attention_block);
        for (size_t q = 0; q < queries->count; q += rows_at_once) {
            query_group group;
            begin_group(&group, queries, q);
            score_block(&group, memory, k, count);
            weigh_scores(&group, count, !has_ones);
            combine_block(&group, results_from(results, q));
            add_values(&group, memory, k, count, results_from(results, q));
        }
    }
    divide_results(queries, results, memory->value_width, has_ones);
}

DK_INLINE void attend_queries(const attention_queries *queries, const dk_attention_memory *memory, float *scratch) {
    int has_room = memory->value_width % lane_count != 0;
    if (sums_last_vector && has_room) attend_by(queries, memory, scratch, 1);
    else attend_by(queries, memory, scratch, 0);
}
