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

/// The sums of a block of channels in place of those before, which are finished meanwhile: a few rows for each group, so
/// that the processor does both at once.
DK_INLINE void sum_and_finish(tile_sums *sums, const tile_end *before, const int16_t *rows, size_t row_stride,
                              const int16_t *weights, size_t stride, size_t group_count) {
    size_t share = (tile_side + group_count - 1) / group_count;
    begin_sums();
    for (size_t g = 0; g < group_count; g++) {
        add_group(rows + g * dk_fixed_group_length, row_stride, weights + g * stride);
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

/// `tile_count` tiles of `row_count` rows, with all outputs.
DK_INLINE void multiply_tiles(const tile_problem *problem, size_t tile_count, size_t row_count) {
    float running[vectors_per_panel][tiles_at_once][tile_side * lane_count] __attribute__((aligned(64)));
    tile_sums sums;
    tile_end end = {0};
    dk_fixed_shape shape = problem->shape;
    size_t panel_length = dk_fixed_row_length(shape.packed_channel_count);
    for (size_t k = 0; k < shape.output_count; k += dk_fixed_panel_width) {
        size_t left = shape.output_count - k;
        size_t vectors = left < dk_fixed_panel_width ? (left + lane_count - 1) / lane_count : vectors_per_panel;
        size_t width = vectors * lane_count;
        const int16_t *panel = problem->packed + k * panel_length + shape.first_channel * width;
        const float *scales = problem->scales + k;
        for (size_t c = 0; c < shape.channel_count; c += shape.block_length, scales += shape.scale_stride) {
            int is_last = shape.channel_count - c <= shape.block_length;
            size_t length = is_last ? shape.channel_count - c : shape.block_length;
            for (size_t v = 0; v < vectors; v++) {
                const int16_t *weights = panel + c * width + vector_offset(v * lane_count);
                floats16 vector_scales = load(scales + v * lane_count);
                for (size_t t = 0; t < tile_count; t++) {
                    const int16_t *rows = problem->rows + t * tile_side * problem->row_stride + c;
                    sum_and_finish(&sums, &end, rows, problem->row_stride, weights, dk_fixed_group_length * width,
                                   dk_fixed_row_length(length) / dk_fixed_group_length);
                    end = (tile_end){.scales = vector_scales, .running = running[v][t], .is_first = c == 0,
                                     .is_last = is_last, .row_count = row_count};
                    if (is_last) {
                        set_outputs(&end, problem, t * tile_side, k + v * lane_count);
                        prefetch_outputs(end.out, end.out_stride, row_count, lane_count, end.addends);
                    }
                }
            }
        }
    }
    finish_rows(&end, &sums, 0, tile_side);
}

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
        multiply_tiles(&problem, tile_count - t < tiles_at_once ? tile_count - t : tiles_at_once, tile_side);
    }
    if (rest > 0) {
        configure_tiles(rest);
        tile_problem problem = problem_from(all, tile_count * tile_side);
        multiply_tiles(&problem, 1, rest);
    }
    _tile_release();
}
