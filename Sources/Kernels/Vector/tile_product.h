// The product of quantised rows with packed weights by AMX.

enum {
    /// Tiles of rows that are multiplied with one panel while its block of channels is in the nearest cache.
    tiles_at_once = 4,
    vectors_per_panel = dk_fixed_panel_width / lane_count,
};

/// What becomes of a tile's sums, while the next tile's are made.
typedef struct tile_end {
    floats16 scales;
    /// Sixteen floats for each row, of the blocks of channels before.
    float *running;
    int is_first, is_last;
    /// 0 where there is nothing to do.
    size_t row_count, output_count;
    /// Only of the last block, as what follows.
    float *out;
    size_t out_stride;
    /// `scale_step` apart.
    const float *row_scales;
    size_t scale_step;
    product_addends addends;
} tile_end;

DK_INLINE floats16 finished_row(const tile_end *end, const tile_sums *sums, size_t r) {
    floats16 before = end->is_first ? splat(0) : load(end->running + r * lane_count);
    return before + scaled_sums(sums, r, end->scales);
}

/// Results of whole vectors; the flags are constants.
DK_INLINE void finish_outputs(const tile_end *end, const tile_sums *sums, size_t first, size_t limit, int has_bias,
                              int has_matrix) {
    floats16 bias = has_bias ? load(end->addends.bias) : splat(0);
    float *out = end->out + first * end->out_stride;
    const float *matrix = has_matrix ? end->addends.matrix + first * end->addends.stride : NULL;
    for (size_t r = first; r < limit; r++, out += end->out_stride) {
        floats16 y = finished_row(end, sums, r) * splat(end->row_scales[r * end->scale_step]);
        if (has_bias) y = y + bias;
        if (has_matrix) {
            y = y + load(matrix);
            matrix += end->addends.stride;
        }
        store(out, y);
    }
}

DK_INLINE void finish_edge(const tile_end *end, const tile_sums *sums, size_t first, size_t limit) {
    for (size_t r = first; r < limit; r++) {
        store_outputs(end->out + r * end->out_stride, finished_row(end, sums, r),
                      end->row_scales[r * end->scale_step], end->addends.bias,
                      end->addends.matrix ? end->addends.matrix + r * end->addends.stride : NULL, end->output_count);
    }
}

DK_INLINE void finish_rows(const tile_end *end, const tile_sums *sums, size_t first, size_t count) {
    size_t limit = first + count < end->row_count ? first + count : end->row_count;
    if (!end->is_last) {
        for (size_t r = first; r < limit; r++) store(end->running + r * lane_count, finished_row(end, sums, r));
    } else if (end->output_count < lane_count) {
        finish_edge(end, sums, first, limit);
    } else if (end->addends.matrix) {
        if (end->addends.bias) finish_outputs(end, sums, first, limit, 1, 1);
        else finish_outputs(end, sums, first, limit, 0, 1);
    } else {
        if (end->addends.bias) finish_outputs(end, sums, first, limit, 1, 0);
        else finish_outputs(end, sums, first, limit, 0, 0);
    }
}

/// One tile of rows with one vector of a panel's outputs, over some channels.
typedef struct tile_factors {
    const int16_t *rows, *weights;
    /// From group to group of the weights.
    size_t weight_stride, group_count;
} tile_factors;

/// Asks for a tile's share of one group of the weights of the vector of outputs that comes next.
DK_INLINE void prefetch_share(const int16_t *weights, size_t tile) {
    enum { line = dk_fixed_group_length / 2, lines = 2 * tile_length / line / tiles_at_once };
    for (size_t i = 0; i < lines; i++) __builtin_prefetch(weights + (tile * lines + i) * line);
}

/// The sums of a block of channels in place of those before, which are finished meanwhile: a few rows for each group, so
/// that the processor does both at once. `ahead` are the weights of which tile number `tile` asks for its share, if any.
DK_INLINE void sum_and_finish(tile_sums *sums, const tile_end *before, tile_factors factors, size_t row_stride,
                              const int16_t *ahead, size_t tile) {
    size_t share = (tile_side + factors.group_count - 1) / factors.group_count;
    begin_sums();
    for (size_t g = 0; g < factors.group_count; g++) {
        add_group(factors.rows + g * dk_fixed_group_length, row_stride, factors.weights + g * factors.weight_stride);
        if (ahead) prefetch_share(ahead + g * factors.weight_stride, tile);
        finish_rows(before, sums, g * share, share);
    }
    store_sums(sums);
}

/// A product, or what is left of it from a row on.
typedef struct tile_problem {
    float *out;
    size_t out_stride;
    const int16_t *rows;
    size_t row_stride;
    const float *row_scales;
    size_t scale_step;
    const int16_t *packed;
    const float *scales;
    dk_fixed_shape shape;
    product_addends addends;
} tile_problem;

DK_INLINE tile_problem problem_from(tile_problem problem, size_t row) {
    problem.out += row * problem.out_stride;
    problem.rows += row * problem.row_stride;
    problem.row_scales += row * problem.scale_step;
    if (problem.addends.matrix) problem.addends.matrix += row * problem.addends.stride;
    return problem;
}

/// Where the results of a tile go that begins with that row and output.
DK_INLINE void set_outputs(tile_end *end, const tile_problem *problem, size_t row, size_t output) {
    end->out = problem->out + row * problem->out_stride + output;
    end->out_stride = problem->out_stride;
    end->row_scales = problem->row_scales + row * problem->scale_step;
    end->scale_step = problem->scale_step;
    end->output_count = problem->shape.output_count - output;
    end->addends = (product_addends){
        problem->addends.bias ? problem->addends.bias + output : NULL,
        problem->addends.matrix ? problem->addends.matrix + row * problem->addends.stride + output : NULL,
        problem->addends.stride};
}

/// Sums of the blocks of channels before, for all tiles that are multiplied together.
typedef float running_tiles[vectors_per_panel][tiles_at_once][tile_side * lane_count] __attribute__((aligned(64)));

/// Tiles of rows that are multiplied together.
typedef struct tile_rows {
    size_t tile_count;
    /// Of each tile.
    size_t row_count;
} tile_rows;

/// One panel of weights, from the first channel of the problem on.
typedef struct tile_panel {
    const int16_t *weights;
    const float *scales;
    size_t first_output, vector_count;
} tile_panel;

DK_INLINE tile_panel panel_from(const tile_problem *problem, size_t output) {
    size_t left = problem->shape.output_count - output;
    size_t vectors = left < dk_fixed_panel_width ? (left + lane_count - 1) / lane_count : vectors_per_panel;
    const int16_t *weights = problem->packed + output * dk_fixed_row_length(problem->shape.packed_channel_count);
    return (tile_panel){weights + problem->shape.first_channel * vectors * lane_count, problem->scales + output, output,
                        vectors};
}

/// Asks for the places of a vector of results, and for what is added to them.
DK_INLINE void prefetch_results(const tile_problem *problem, size_t tile, size_t row_count, size_t output) {
    if (output >= problem->shape.output_count) return;
    tile_end end;
    set_outputs(&end, problem, tile * tile_side, output);
    prefetch_outputs(end.out, end.out_stride, row_count, lane_count, end.addends);
}

/// Some channels, which share their scales.
typedef struct channel_block {
    size_t first, count;
    int is_last;
    /// Of the panel's outputs.
    const float *scales;
} channel_block;

DK_INLINE tile_factors tile_factors_of(const tile_problem *problem, const tile_panel *panel, channel_block block,
                                       size_t v, size_t t) {
    size_t width = panel->vector_count * lane_count;
    return (tile_factors){problem->rows + t * tile_side * problem->row_stride + block.first,
                          panel->weights + block.first * width + vector_offset(v * lane_count),
                          dk_fixed_group_length * width, dk_fixed_row_length(block.count) / dk_fixed_group_length};
}

/// The weights behind those of vector v and a block of channels: the next vector's, or the next block's.
DK_INLINE const int16_t *weights_behind(const tile_panel *panel, channel_block block, size_t v) {
    size_t width = panel->vector_count * lane_count;
    size_t behind = v + 1 < panel->vector_count ? vector_offset((v + 1) * lane_count) : block.count * width;
    return panel->weights + block.first * width + behind;
}

/// All tiles of rows with all outputs of a panel. The sums of one are finished while the next one's are made. `are_far` (a
/// constant): the weights are asked for ahead.
DK_INLINE void multiply_block(const tile_problem *problem, tile_rows tiles, const tile_panel *panel,
                              channel_block block, running_tiles running, tile_sums *sums, tile_end *end,
                              int are_far) {
    for (size_t v = 0; v < panel->vector_count; v++) {
        size_t output = panel->first_output + v * lane_count;
        const int16_t *ahead = are_far ? weights_behind(panel, block, v) : NULL;
        for (size_t t = 0; t < tiles.tile_count; t++) {
            sum_and_finish(sums, end, tile_factors_of(problem, panel, block, v, t), problem->row_stride, ahead, t);
            *end = (tile_end){.scales = load(block.scales + v * lane_count), .running = running[v][t],
                              .is_first = block.first == 0, .is_last = block.is_last, .row_count = tiles.row_count};
            if (!block.is_last) continue;
            set_outputs(end, problem, t * tile_side, output);
            // One tile's product is not long enough for them to come from far away.
            prefetch_results(problem, t, tiles.row_count, output + lane_count);
        }
    }
}

DK_INLINE void multiply_panel(const tile_problem *problem, tile_rows tiles, tile_panel panel, running_tiles running,
                              tile_sums *sums, tile_end *end, int are_far) {
    dk_fixed_shape shape = problem->shape;
    channel_block block = {0, shape.block_length, 0, panel.scales};
    for (; block.first < shape.channel_count; block.first += shape.block_length, block.scales += shape.scale_stride) {
        block.is_last = shape.channel_count - block.first <= shape.block_length;
        if (block.is_last) block.count = shape.channel_count - block.first;
        multiply_block(problem, tiles, &panel, block, running, sums, end, are_far);
    }
}

/// Tiles of rows with all outputs.
DK_INLINE void multiply_tiles_from(const tile_problem *problem, tile_rows tiles, int are_far) {
    running_tiles running;
    tile_sums sums;
    tile_end end = {0};
    for (size_t t = 0; t < tiles.tile_count; t++) prefetch_results(problem, t, tiles.row_count, 0);
    for (size_t k = 0; k < problem->shape.output_count; k += dk_fixed_panel_width) {
        multiply_panel(problem, tiles, panel_from(problem, k), running, &sums, &end, are_far);
    }
    finish_rows(&end, &sums, 0, tile_side);
}

static void multiply_tiles(const tile_problem *problem, tile_rows tiles) { multiply_tiles_from(problem, tiles, 0); }
static void multiply_far_tiles(const tile_problem *problem, tile_rows tiles) { multiply_tiles_from(problem, tiles, 1); }

static void product(float *out, size_t out_stride, const int16_t *rows, size_t row_stride, const float *row_scales,
                    size_t row_count, const int16_t *packed, const float *scales, dk_fixed_shape shape,
                    const float *bias, const float *addend, size_t addend_stride) {
    static const float one = 1;
    tile_problem all = {out, out_stride, rows, row_stride, row_scales ? row_scales : &one, row_scales != NULL, packed,
                        scales + shape.first_channel / shape.block_length * shape.scale_stride, shape,
                        {bias, addend, addend_stride}};
    size_t tile_count = row_count / tile_side, rest = row_count % tile_side;
    if (tile_count > 0) configure_tiles(tile_side);
    for (size_t t = 0; t < tile_count; t += tiles_at_once) {
        tile_problem problem = problem_from(all, t * tile_side);
        tile_rows tiles = {tile_count - t < tiles_at_once ? tile_count - t : tiles_at_once, tile_side};
        // The first ones bring the weights near.
        if (shape.weights_are_far && t == 0) multiply_far_tiles(&problem, tiles);
        else multiply_tiles(&problem, tiles);
    }
    if (rest > 0) {
        configure_tiles(rest);
        tile_problem problem = problem_from(all, tile_count * tile_side);
        multiply_tiles(&problem, (tile_rows){1, rest});
    }
    _tile_release();
}
