// The product of quantised rows with packed weights: as many rows and outputs at a time as the registers hold.

/// A few rows of integers and the floats that they give for one panel, growing by one block of channels at a time.
typedef struct panel_sums {
    const int16_t *rows[rows_at_once];
    floats16 sums[rows_at_once][vectors_per_panel];
} panel_sums;

/// Adds one block of channels to `vectors` (a constant) vectors of outputs from `first` on: integer sums in registers,
/// then floats scaled by the block's column scales. `pitch` int16 lie between two pairs of channels of the weights.
DK_INLINE void add_block(panel_sums *panel, size_t first_pair, size_t end_pair, const int16_t *weights, size_t pitch,
                         const float *scales, size_t first, int vectors) {
    pair_sums totals;
    sum_pairs(totals, panel->rows, first_pair, end_pair - first_pair, weights + first_pair * pitch, pitch, vectors);
    for (int r = 0; r < rows_at_once; r++) {
        for (int v = 0; v < vectors; v++) {
            floats16 scaled = __builtin_convertvector(totals[r][v], floats16) * load(scales + v * lane_count);
            panel->sums[r][first + v] = panel->sums[r][first + v] + scaled;
        }
    }
}

/// All blocks of channels for `vectors` (a constant) vectors of outputs.
DK_INLINE void add_blocks(panel_sums *panel, const int16_t *weights, size_t pitch, const float *scales,
                          dk_fixed_shape shape, size_t first, int vectors) {
    size_t pair_count = pairs_of(shape.channel_count), step = shape.block_length / 2;
    for (size_t p = 0; p < pair_count; p += step, scales += shape.scale_stride) {
        add_block(panel, p, pair_count - p < step ? pair_count : p + step, weights, pitch, scales, first, vectors);
    }
}

/// One panel, or what is left of the last one, in strips of the width that the registers hold.
DK_INLINE void multiply_panel(panel_sums *panel, const int16_t *weights, const float *scales, dk_fixed_shape shape,
                              size_t vector_count) {
    size_t pitch = vector_count * 2 * lane_count;
    for (size_t v = 0; v < vector_count; v += vectors_at_once) {
        const int16_t *w = weights + v * 2 * lane_count;
        const float *s = scales + v * lane_count;
        switch (vector_count - v < vectors_at_once ? vector_count - v : vectors_at_once) {
        case 4: add_blocks(panel, w, pitch, s, shape, v, 4); break;
        case 3: add_blocks(panel, w, pitch, s, shape, v, 3); break;
        case 2: add_blocks(panel, w, pitch, s, shape, v, 2); break;
        default: add_blocks(panel, w, pitch, s, shape, v, 1);
        }
    }
}

/// Starts with the rows from `rows` on; where fewer are left the last one stands in for the missing.
DK_INLINE void begin_panel(panel_sums *panel, const int16_t *rows, size_t row_stride, size_t row_count) {
    point_to_rows(panel->rows, rows, row_stride, row_count);
    for (size_t r = 0; r < rows_at_once; r++) {
        for (size_t v = 0; v < vectors_per_panel; v++) panel->sums[r][v] = splat(0);
    }
}

/// Writes the first `row_count` rows and `output_count` outputs of a panel.
DK_INLINE void store_panel(const panel_sums *panel, float *out, size_t out_stride, const float *row_scales,
                           size_t row_count, size_t output_count, product_addends addends) {
    for (size_t r = 0; r < row_count; r++) {
        for (size_t k = 0; k < output_count; k += lane_count) {
            store_outputs(out + r * out_stride + k, panel->sums[r][k / lane_count], row_scales ? row_scales[r] : 1,
                          addends.bias ? addends.bias + k : NULL,
                          addends.matrix ? addends.matrix + r * addends.stride + k : NULL, output_count - k);
        }
    }
}

static void product(float *out, size_t out_stride, const int16_t *rows, size_t row_stride, const float *row_scales,
                    size_t row_count, const int16_t *packed, const float *scales, dk_fixed_shape shape,
                    const float *bias, const float *addend, size_t addend_stride) {
    size_t panel_length = dk_fixed_row_length(shape.packed_channel_count);
    scales += shape.first_channel / shape.block_length * shape.scale_stride;
    for (size_t k = 0; k < shape.output_count; k += dk_fixed_panel_width) {
        size_t left = shape.output_count - k, count = left < dk_fixed_panel_width ? left : dk_fixed_panel_width;
        size_t vectors = (count + lane_count - 1) / lane_count;
        const int16_t *weights = packed + k * panel_length + shape.first_channel * vectors * lane_count;
        for (size_t r = 0; r < row_count; r += rows_at_once) {
            product_addends addends = {bias ? bias + k : NULL, addend ? addend + r * addend_stride + k : NULL,
                                       addend_stride};
            size_t rows_left = row_count - r < rows_at_once ? row_count - r : rows_at_once;
            prefetch_outputs(out + r * out_stride + k, out_stride, rows_left, count, addends);
            panel_sums panel;
            begin_panel(&panel, rows + r * row_stride, row_stride, rows_left);
            multiply_panel(&panel, weights, scales + k, shape, vectors);
            store_panel(&panel, out + r * out_stride + k, out_stride, row_scales ? row_scales + r : NULL, rows_left,
                        count, addends);
        }
    }
}
