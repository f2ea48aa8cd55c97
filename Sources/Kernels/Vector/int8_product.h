// The product of quantised rows with packed weights: as many rows and outputs at a time as the registers hold.

enum { vectors_per_panel = dk_fixed_panel_width / lane_count };

/// A few rows and the floats that they give for one panel, growing by one block of channels at a time.
typedef struct row_group {
    const uint8_t *rows[rows_at_once];
    floats16 sums[rows_at_once][vectors_per_panel];
    size_t quad_count, quads_per_block;
} row_group;

typedef ints16 quad_sums[rows_at_once][vectors_per_panel];

DK_INLINE ints16 splat_quad(const uint8_t *p) {
    uint32_t quad;
    __builtin_memcpy(&quad, p, 4);
    return (ints16)splat_word(quad);
}

/// The integer sums of the quads from `first` on with `vectors` (a constant) vectors of outputs.
DK_INLINE void sum_quads(quad_sums sums, const row_group *group, size_t first, size_t end, weight_panel panel,
                         int vectors) {
    for (int r = 0; r < rows_at_once; r++) {
        for (int v = 0; v < vectors; v++) sums[r][v] = load_offsets(panel.offsets + v * lane_count);
    }
    for (size_t q = first; q < end; q++) {
        ints16 w[vectors_per_panel];
        for (int v = 0; v < vectors; v++) w[v] = load_quads(panel.integers + q * panel.pitch + v * 4 * lane_count);
        for (int r = 0; r < rows_at_once; r++) {
            ints16 x = splat_quad(group->rows[r] + 4 * q);
            for (int v = 0; v < vectors; v++) sums[r][v] = add_quad_products(sums[r][v], x, w[v]);
        }
    }
}

/// All blocks of channels for `vectors` (a constant) vectors of outputs, from vector `first` of the sums on.
DK_INLINE void add_blocks(row_group *group, weight_panel panel, size_t first, int vectors) {
    for (size_t q = 0, block = 0; q < group->quad_count; q += group->quads_per_block, block++) {
        size_t left = group->quad_count - q, step = left < group->quads_per_block ? left : group->quads_per_block;
        quad_sums totals;
        sum_quads(totals, group, q, q + step, panel, vectors);
        for (int r = 0; r < rows_at_once; r++) {
            floats16 scale = splat(row_scale(group->rows[r], group->quad_count, block));
            for (int v = 0; v < vectors; v++) {
                floats16 scaled = __builtin_convertvector(totals[r][v], floats16) * load(panel.scales + v * lane_count);
                floats16 part = scaled * scale;
                group->sums[r][first + v] = block == 0 ? part : group->sums[r][first + v] + part;
            }
        }
        panel.scales += panel.stride;
        panel.offsets += panel.stride;
    }
}

/// One panel, or what is left of the last one, in strips of the width that the registers hold.
DK_INLINE void multiply_panel(row_group *group, weight_panel panel, size_t vector_count) {
    for (size_t v = 0; v < vector_count; v += vectors_at_once) {
        switch (vector_count - v < vectors_at_once ? vector_count - v : vectors_at_once) {
        case 4: add_blocks(group, panel, v, 4); break;
        case 3: add_blocks(group, panel, v, 3); break;
        case 2: add_blocks(group, panel, v, 2); break;
        default: add_blocks(group, panel, v, 1);
        }
        panel.integers += 4 * vectors_at_once * lane_count;
        panel.scales += vectors_at_once * lane_count;
        panel.offsets += vectors_at_once * lane_count;
    }
}

/// Starts with the rows from `rows` on; where fewer are left the last one stands in for the missing.
DK_INLINE void begin_group(row_group *group, const uint8_t *rows, size_t row_stride, size_t row_count,
                           dk_fixed_shape shape) {
    group->quad_count = dk_int8_padded_channels(shape.channel_count) / 4;
    group->quads_per_block = shape.block_length / 4;
    for (size_t r = 0; r < rows_at_once; r++) group->rows[r] = rows + (r < row_count ? r : row_count - 1) * row_stride;
}

/// Writes the first `row_count` rows and `output_count` outputs of a panel.
DK_INLINE void store_group(const row_group *group, float *out, size_t out_stride, size_t row_count,
                           size_t output_count, product_addends addends) {
    for (size_t r = 0; r < row_count; r++) {
        for (size_t k = 0; k < output_count; k += lane_count) {
            store_outputs(out + r * out_stride + k, group->sums[r][k / lane_count],
                          addends.bias ? addends.bias + k : NULL,
                          addends.matrix ? addends.matrix + r * addends.stride + k : NULL, output_count - k);
        }
    }
}

static void product(float *out, size_t out_stride, const uint8_t *rows, size_t row_stride, size_t row_count,
                    const int8_t *packed, const float *scales, const int32_t *offsets, dk_fixed_shape shape,
                    const float *bias, const float *addend, size_t addend_stride) {
    for (size_t k = 0; k < shape.output_count; k += dk_fixed_panel_width) {
        size_t left = shape.output_count - k, count = left < dk_fixed_panel_width ? left : dk_fixed_panel_width;
        size_t vectors = (count + lane_count - 1) / lane_count;
        weight_panel panel = panel_from(k, vectors, packed, scales, offsets, shape);
        for (size_t r = 0; r < row_count; r += rows_at_once) {
            product_addends addends = {bias ? bias + k : NULL, addend ? addend + r * addend_stride + k : NULL,
                                       addend_stride};
            size_t rows_left = row_count - r < rows_at_once ? row_count - r : rows_at_once;
            prefetch_outputs(out + r * out_stride + k, out_stride, rows_left, count, addends);
            row_group group;
            begin_group(&group, rows + r * row_stride, row_stride, rows_left, shape);
            multiply_panel(&group, panel, vectors);
            store_group(&group, out + r * out_stride + k, out_stride, rows_left, count, addends);
        }
    }
}
