// The product of quantised rows with packed weights by AMX. Four channels lie beside each other in both, as its tiles have
// them. Of a block of channels there are whole tiles of 64, and a rest that has registers of its own width.

enum {
    /// Tiles of rows that are multiplied with one panel while its block of channels is in the nearest cache.
    tiles_at_once = 4,
    vectors_per_panel = dk_fixed_panel_width / lane_count,
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

DK_INLINE void finish_rows(const byte_end *end, const int32_t *sums, size_t first, size_t count) {
    size_t limit = first + count < end->row_count ? first + count : end->row_count;
    for (size_t r = first; r < limit; r++) {
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

/// One tile of rows with one vector of outputs, over some channels.
typedef struct byte_factors {
    const uint8_t *rows;
    size_t row_stride;
    const int8_t *weights;
    /// From quad to quad of the weights.
    size_t pitch;
    size_t length;
    int is_last;
} byte_factors;

/// Asks for a tile's share of the weights of a tile of channels, for the vector of outputs that comes next.
DK_INLINE void prefetch_share(const int8_t *weights, size_t pitch, size_t tile) {
    enum { quads = tile_bytes / 4 / tiles_at_once };
    for (size_t q = 0; q < quads; q++) __builtin_prefetch(weights + (tile * quads + q) * pitch);
}

/// The channels of a block behind its whole tiles.
DK_INLINE void add_rest(byte_factors factors, size_t c) {
    if (factors.is_last) {
        _tile_loadd(last_rows, factors.rows + c, factors.row_stride);
        _tile_loadd(last_weights, factors.weights + c / 4 * factors.pitch, factors.pitch);
        _tile_dpbusd(sum_tile, last_rows, last_weights);
    } else {
        _tile_loadd(rest_rows, factors.rows + c, factors.row_stride);
        _tile_loadd(rest_weights, factors.weights + c / 4 * factors.pitch, factors.pitch);
        _tile_dpbusd(sum_tile, rest_rows, rest_weights);
    }
}

/// The sums of a block of channels in place of those before, which are finished meanwhile: a few rows for each tile of
/// channels, so that the processor does both at once. `ahead` are the weights of which tile number `tile` asks for its share,
/// if any.
DK_INLINE void sum_and_finish(int32_t *sums, const byte_end *before, byte_factors factors, const int8_t *ahead,
                              size_t tile) {
    size_t c = 0, row = 0, share = (tile_side * tile_bytes + factors.length - 1) / factors.length;
    _tile_zero(sum_tile);
    for (; c + tile_bytes <= factors.length; c += tile_bytes, row += share) {
        _tile_loadd(row_tile, factors.rows + c, factors.row_stride);
        _tile_loadd(weight_tile, factors.weights + c / 4 * factors.pitch, factors.pitch);
        _tile_dpbusd(sum_tile, row_tile, weight_tile);
        if (ahead) prefetch_share(ahead + c / 4 * factors.pitch, factors.pitch, tile);
        finish_rows(before, sums, row, share);
    }
    if (c < factors.length) add_rest(factors, c);
    finish_rows(before, sums, row, tile_side);
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
    const int8_t *packed;
    const float *scales;
    const int32_t *offsets;
} byte_problem;

/// Sums of the blocks of channels before, for all tiles that are multiplied together.
typedef float running_tiles[vectors_per_panel][tiles_at_once][tile_side * lane_count] __attribute__((aligned(64)));

/// Tiles of rows that are multiplied together, from `first` row on.
typedef struct tile_rows {
    size_t first, tile_count;
    /// Of each tile.
    size_t row_count;
} tile_rows;

/// Some channels, which share their scales.
typedef struct channel_block {
    size_t index, first, count;
    int is_last;
} channel_block;

/// Where the results of a tile go that begins with that row and output.
DK_INLINE void set_outputs(byte_end *end, const byte_problem *problem, size_t row, size_t output) {
    end->output_count = problem->shape.output_count - output;
    end->out = problem->out + row * problem->out_stride + output;
    end->out_stride = problem->out_stride;
    end->addends = (product_addends){
        problem->addends.bias ? problem->addends.bias + output : NULL,
        problem->addends.matrix ? problem->addends.matrix + row * problem->addends.stride + output : NULL,
        problem->addends.stride};
}

/// A panel of outputs from `first_output` on.
typedef struct output_panel {
    weight_panel weights;
    size_t first_output, vector_count;
} output_panel;

DK_INLINE output_panel panel_of(const byte_problem *problem, size_t output) {
    size_t left = problem->shape.output_count - output;
    size_t vectors = left < dk_fixed_panel_width ? (left + lane_count - 1) / lane_count : vectors_per_panel;
    weight_panel weights = panel_from(output, vectors, problem->packed, problem->scales, problem->offsets, problem->shape);
    return (output_panel){weights, output, vectors};
}

DK_INLINE const int8_t *weights_of(const output_panel *panel, channel_block block, size_t v) {
    return panel->weights.integers + block.first / 4 * panel->weights.pitch + v * 4 * lane_count;
}

/// The weights behind those of vector v and a block of channels: the next vector's, or the next block's.
DK_INLINE const int8_t *weights_behind(const output_panel *panel, channel_block block, size_t v) {
    if (v + 1 < panel->vector_count) return weights_of(panel, block, v + 1);
    return weights_of(panel, block, 0) + block.count / 4 * panel->weights.pitch;
}

/// What becomes of the sums of one tile of rows, which begins with `row`, and vector v.
DK_INLINE byte_end end_of(const byte_problem *problem, const output_panel *panel, channel_block block, size_t v,
                          size_t row, size_t row_count, float *running) {
    size_t place = block.index * panel->weights.stride + v * lane_count;
    return (byte_end){.scales = load(panel->weights.scales + place),
                      .offsets = load_offsets(panel->weights.offsets + place),
                      .rows = problem->rows + row * problem->row_stride, .row_stride = problem->row_stride,
                      .quad_count = problem->blocks.length / 4, .block = block.index, .running = running,
                      .is_last = block.is_last, .row_count = row_count};
}

/// All tiles of rows with all outputs of a panel. The sums of one are finished while the next one's are made. `are_far` (a
/// constant): the weights are asked for ahead.
DK_INLINE void multiply_block(const byte_problem *problem, tile_rows tiles, const output_panel *panel,
                              channel_block block, running_tiles running, int32_t *sums, byte_end *end, int are_far) {
    for (size_t v = 0; v < panel->vector_count; v++) {
        const int8_t *ahead = are_far ? weights_behind(panel, block, v) : NULL;
        for (size_t t = 0; t < tiles.tile_count; t++) {
            size_t row = tiles.first + t * tile_side;
            byte_factors factors = {problem->rows + row * problem->row_stride + block.first, problem->row_stride,
                                    weights_of(panel, block, v), panel->weights.pitch, block.count, block.is_last};
            sum_and_finish(sums, end, factors, ahead, t);
            *end = end_of(problem, panel, block, v, row, tiles.row_count, running[v][t]);
            if (!block.is_last) continue;
            set_outputs(end, problem, row, panel->first_output + v * lane_count);
            prefetch_outputs(end->out, end->out_stride, tiles.row_count, lane_count, end->addends);
        }
    }
}

/// Tiles of rows with one panel.
DK_INLINE void multiply_panel(const byte_problem *problem, tile_rows tiles, output_panel panel, int are_far) {
    running_tiles running;
    int32_t sums[tile_side * lane_count] __attribute__((aligned(64)));
    byte_end end = {.row_count = 0};
    tile_blocks blocks = problem->blocks;
    channel_block block = {0, 0, blocks.block, 0};
    for (; block.first < blocks.length; block.first += blocks.block, block.index++) {
        block.is_last = blocks.length - block.first <= blocks.block;
        if (block.is_last) block.count = blocks.last;
        multiply_block(problem, tiles, &panel, block, running, sums, &end, are_far);
    }
    finish_rows(&end, sums, 0, tile_side);
}

static void multiply_near(const byte_problem *problem, tile_rows tiles, output_panel panel) {
    multiply_panel(problem, tiles, panel, 0);
}

static void multiply_far(const byte_problem *problem, tile_rows tiles, output_panel panel) {
    multiply_panel(problem, tiles, panel, 1);
}

/// `count` tiles of `row_count` rows from row `first` on, with all outputs.
DK_INLINE void multiply_rows(const byte_problem *problem, size_t first, size_t count, size_t row_count) {
    configure_tiles(row_count, problem->blocks);
    for (size_t k = 0; k < problem->shape.output_count; k += dk_fixed_panel_width) {
        output_panel panel = panel_of(problem, k);
        for (size_t t = 0; t < count; t += tiles_at_once) {
            tile_rows tiles = {first + t * tile_side, count - t < tiles_at_once ? count - t : tiles_at_once, row_count};
            // The first ones bring the weights near.
            if (problem->shape.weights_are_far && t == 0) multiply_far(problem, tiles, panel);
            else multiply_near(problem, tiles, panel);
        }
    }
}

static void product(float *out, size_t out_stride, const uint8_t *rows, size_t row_stride, size_t row_count,
                    const int8_t *packed, const float *scales, const int32_t *offsets, dk_fixed_shape shape,
                    const float *bias, const float *addend, size_t addend_stride) {
    byte_problem problem = {out, out_stride, rows, row_stride, shape, blocks_of(shape), {bias, addend, addend_stride},
                            packed, scales, offsets};
    size_t tile_count = row_count / tile_side, rest = row_count % tile_side;
    if (tile_count > 0) multiply_rows(&problem, 0, tile_count, tile_side);
    if (rest > 0) multiply_rows(&problem, tile_count * tile_side, 1, rest);
    if (row_count > 0) _tile_release();
}
