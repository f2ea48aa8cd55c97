// The product of quantised rows with packed weights by AMX. Four channels lie beside each other in both, as its tiles have
// them. Of a block of channels there are whole tiles of 64, and a rest that has registers of its own width.

enum {
    /// Tiles of rows that are multiplied while a vector of weights is in the nearest cache.
    tiles_at_once = 6,
};

enum { sum_tile, row_tile, weight_tile, rest_rows, rest_weights, last_rows, last_weights };

/// How the channels fall into blocks and tiles.
typedef struct tile_blocks {
    /// Bytes of a row, of a block and of the last block; all are whole quads.
    size_t length, block, last;
} tile_blocks;

DK_INLINE tile_blocks blocks_of(dk_fixed_shape shape) {
    size_t length = dk_int8_padded_channels(shape.channel_count), block = shape.block_length;
    return (tile_blocks){length, block, length - (length - 1) / block * block};
}

/// Registers for rows of `bytes`, and for the weights that they are multiplied with.
DK_INLINE void set_pair(tile_configuration *configuration, int rows, int weights, size_t row_count, size_t bytes) {
    configuration->row_counts[rows] = (uint8_t)row_count;
    configuration->column_bytes[rows] = (uint16_t)bytes;
    configuration->row_counts[weights] = (uint8_t)(bytes / 4);
    configuration->column_bytes[weights] = tile_bytes;
}

/// Sets the registers up for tiles of `row_count` rows, until they are released.
DK_INLINE void configure_tiles(size_t row_count, tile_blocks blocks) {
    tile_configuration configuration = {.palette = 1};
    configuration.row_counts[sum_tile] = (uint8_t)row_count;
    configuration.column_bytes[sum_tile] = tile_bytes;
    set_pair(&configuration, row_tile, weight_tile, row_count, tile_bytes);
    size_t rest = blocks.block % tile_bytes, last = blocks.last % tile_bytes;
    if (rest > 0) set_pair(&configuration, rest_rows, rest_weights, row_count, rest);
    if (last > 0) set_pair(&configuration, last_rows, last_weights, row_count, last);
    _tile_loadconfig(&configuration);
}

/// What becomes of a tile's sums, while the next tile's are made.
typedef struct byte_end {
    floats16 scales;
    ints16 offsets;
    const uint8_t *rows;
    size_t row_stride, quad_count, block;
    /// Sixteen floats for each row, of the blocks of channels before.
    float *running;
    int is_last;
    /// 0 where there is nothing to do.
    size_t row_count, output_count;
    float *out;
    size_t out_stride;
    product_addends addends;
} byte_end;

DK_INLINE void finish_rows(const byte_end *end, const int32_t *sums) {
    for (size_t r = 0; r < end->row_count; r++) {
        float *running = end->running + r * lane_count;
        floats16 whole = __builtin_convertvector(load_offsets(sums + r * lane_count) + end->offsets, floats16);
        float scale = row_scale(end->rows + r * end->row_stride, end->quad_count, end->block);
        floats16 y = whole * end->scales * splat(scale);
        if (end->block > 0) y = load(running) + y;
        if (end->is_last) {
            store_outputs(end->out + r * end->out_stride, y, end->addends.bias,
                          end->addends.matrix ? end->addends.matrix + r * end->addends.stride : NULL,
                          end->output_count);
        } else {
            store(running, y);
        }
    }
}

/// The sums of a block of `length` channels in place of those before, which are finished meanwhile.
DK_INLINE void sum_block(int32_t *sums, const byte_end *before, const uint8_t *rows, size_t row_stride,
                         const int8_t *weights, size_t pitch, size_t length, int is_last) {
    size_t c = 0;
    _tile_zero(sum_tile);
    for (; c + tile_bytes <= length; c += tile_bytes) {
        _tile_loadd(row_tile, rows + c, row_stride);
        _tile_loadd(weight_tile, weights + c / 4 * pitch, pitch);
        _tile_dpbusd(sum_tile, row_tile, weight_tile);
    }
    if (c < length && is_last) {
        _tile_loadd(last_rows, rows + c, row_stride);
        _tile_loadd(last_weights, weights + c / 4 * pitch, pitch);
        _tile_dpbusd(sum_tile, last_rows, last_weights);
    } else if (c < length) {
        _tile_loadd(rest_rows, rows + c, row_stride);
        _tile_loadd(rest_weights, weights + c / 4 * pitch, pitch);
        _tile_dpbusd(sum_tile, rest_rows, rest_weights);
    }
    finish_rows(before, sums);
    _tile_stored(sum_tile, sums, tile_bytes);
}

/// A product, or what is left of it from a row on.
typedef struct byte_problem {
    float *out;
    size_t out_stride;
    const uint8_t *rows;
    size_t row_stride;
    dk_fixed_shape shape;
    tile_blocks blocks;
    product_addends addends;
} byte_problem;

/// One tile of rows, from `row` on, with one vector of outputs: all blocks.
DK_INLINE void multiply_tile(const byte_problem *problem, weight_panel panel, size_t row, size_t row_count,
                             size_t output, float *running, int32_t *sums, byte_end *end) {
    const uint8_t *rows = problem->rows + row * problem->row_stride;
    tile_blocks blocks = problem->blocks;
    for (size_t c = 0, block = 0; c < blocks.length; c += blocks.block, block++) {
        int is_last = blocks.length - c <= blocks.block;
        sum_block(sums, end, rows + c, problem->row_stride, panel.integers + c / 4 * panel.pitch, panel.pitch,
                  is_last ? blocks.last : blocks.block, is_last);
        *end = (byte_end){
            .scales = load(panel.scales + block * panel.stride),
            .offsets = load_offsets(panel.offsets + block * panel.stride),
            .rows = rows, .row_stride = problem->row_stride, .quad_count = blocks.length / 4, .block = block,
            .running = running, .is_last = is_last, .row_count = row_count,
            .output_count = problem->shape.output_count - output,
            .out = problem->out + row * problem->out_stride + output, .out_stride = problem->out_stride,
            .addends = {problem->addends.bias ? problem->addends.bias + output : NULL,
                        problem->addends.matrix
                            ? problem->addends.matrix + row * problem->addends.stride + output : NULL,
                        problem->addends.stride}};
        if (is_last) prefetch_outputs(end->out, end->out_stride, row_count, lane_count, end->addends);
    }
}

/// `tile_count` tiles of `row_count` rows from `row` on, with one panel of outputs from `output` on.
DK_INLINE void multiply_tiles(const byte_problem *problem, weight_panel panel, size_t row, size_t tile_count,
                              size_t row_count, size_t output, size_t vectors) {
    float running[2][tile_side * lane_count] __attribute__((aligned(64)));
    int32_t sums[tile_side * lane_count] __attribute__((aligned(64)));
    byte_end end = {.row_count = 0};
    size_t turn = 0;
    for (size_t v = 0; v < vectors; v++) {
        for (size_t t = 0; t < tile_count; t++, turn++) {
            multiply_tile(problem, panel, row + t * tile_side, row_count, output + v * lane_count, running[turn % 2],
                          sums, &end);
        }
        panel.integers += 4 * lane_count;
        panel.scales += lane_count;
        panel.offsets += lane_count;
    }
    finish_rows(&end, sums);
}

static void product(float *out, size_t out_stride, const uint8_t *rows, size_t row_stride, size_t row_count,
                    const int8_t *packed, const float *scales, const int32_t *offsets, dk_fixed_shape shape,
                    const float *bias, const float *addend, size_t addend_stride) {
    byte_problem problem = {out, out_stride, rows, row_stride, shape, blocks_of(shape), {bias, addend, addend_stride}};
    size_t tile_count = row_count / tile_side, rest = row_count % tile_side;
    for (int is_rest = 0; is_rest < 2; is_rest++) {
        size_t count = is_rest ? rest > 0 : tile_count, first = is_rest ? tile_count * tile_side : 0;
        if (count == 0) continue;
        configure_tiles(is_rest ? rest : tile_side, problem.blocks);
        for (size_t k = 0; k < shape.output_count; k += dk_fixed_panel_width) {
            size_t left = shape.output_count - k, width = left < dk_fixed_panel_width ? left : dk_fixed_panel_width;
            size_t vectors = (width + lane_count - 1) / lane_count;
            weight_panel panel = panel_from(k, vectors, packed, scales, offsets, shape);
            for (size_t t = 0; t < count; t += tiles_at_once) {
                multiply_tiles(&problem, panel, first + t * tile_side,
                               count - t < tiles_at_once ? count - t : tiles_at_once, is_rest ? rest : tile_side, k,
                               vectors);
            }
        }
    }
    if (row_count > 0) _tile_release();
}
