// The transforms of Winograd's F(4 x 4, 3 x 3), 16 channels at a time.

DK_INLINE floats16 load_channels(const float *p, size_t count) {
    return count >= lane_count ? load(p) : load_first(p, count, splat(0));
}

DK_INLINE void store_channels(float *p, floats16 v, size_t count) {
    if (count >= lane_count) store(p, v); else store_first(p, v, count);
}

/// Bᵀ of six values that lie `step` vectors apart.
DK_INLINE void input_points(floats16 *t, const floats16 *d, size_t step) {
    floats16 d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step];
    floats16 odd1 = d3 * (DK_ROOT / 2) - d1 * DK_ROOT, even1 = d4 - d2 * 2;
    floats16 odd2 = d3 * DK_ROOT - d1 * (DK_ROOT / 2), even2 = d4 - d2 * 0.5f;
    t[0] = (d[0] - d2 * 2.5f) + d4;
    t[step] = even1 + odd1;
    t[2 * step] = even1 - odd1;
    t[3 * step] = even2 + odd2;
    t[4 * step] = even2 - odd2;
    t[5 * step] = (d1 - d3 * 2.5f) + d[5 * step];
}

/// Aᵀ of six values that lie `step` vectors apart, to four that do.
DK_INLINE void output_points(floats16 *s, const floats16 *m, size_t step) {
    floats16 sum1 = m[step] + m[2 * step], difference1 = m[step] - m[2 * step];
    floats16 sum2 = m[3 * step] + m[4 * step], difference2 = m[3 * step] - m[4 * step];
    s[0] = (m[0] + sum1) + sum2;
    s[step] = difference1 * (DK_ROOT / 2) + difference2 * DK_ROOT;
    s[2 * step] = sum1 * 0.5f + sum2 * 2;
    s[3 * step] = (difference1 * (DK_ROOT / 4) + difference2 * (DK_ROOT * 2)) + m[5 * step];
}

/// The 36 input pixels of a tile; null outside of the picture.
DK_INLINE void find_pixels(const float *pixels[6][6], const float *in, dk_picture picture, ptrdiff_t y, ptrdiff_t x) {
    for (ptrdiff_t i = 0; i < 6; i++) {
        for (ptrdiff_t j = 0; j < 6; j++) {
            int inside = y + i >= 0 && y + i < (ptrdiff_t)picture.height && x + j >= 0
                && x + j < (ptrdiff_t)picture.width;
            ptrdiff_t offset = (y + i) * (ptrdiff_t)picture.row_stride + (x + j) * (ptrdiff_t)picture.pixel_stride;
            pixels[i][j] = inside ? in + offset : NULL;
        }
    }
}

static void transform_input(float *out, size_t position_stride, const float *in, dk_picture picture, ptrdiff_t y,
                            ptrdiff_t x) {
    const float *pixels[6][6];
    find_pixels(pixels, in, picture, y, x);
    for (size_t c = 0; c < picture.channel_count; c += lane_count) {
        size_t count = picture.channel_count - c;
        floats16 columns[6][6], points[6];
        for (int j = 0; j < 6; j++) {
            floats16 d[6];
            for (int i = 0; i < 6; i++) d[i] = pixels[i][j] ? load_channels(pixels[i][j] + c, count) : splat(0);
            input_points(points, d, 1);
            for (int i = 0; i < 6; i++) columns[i][j] = points[i];
        }
        for (size_t i = 0; i < 6; i++) {
            input_points(points, columns[i], 1);
            for (size_t j = 0; j < 6; j++) store_channels(out + (6 * i + j) * position_stride + c, points[j], count);
        }
    }
}

/// Sixteen channels' 3 x 3 weights, transposed so that a vector holds one weight of all; missing channels are zero.
DK_INLINE void gather_weights(floats16 g[9], const float *weights, size_t count) {
    words16 rows[lane_count];
    for (size_t c = 0; c < lane_count; c++) {
        // A whole vector reaches into the next channels: not beyond the last one.
        int is_whole = 9 * c + lane_count <= 9 * count;
        floats16 row = splat(0);
        if (c < count) row = is_whole ? load(weights + 9 * c) : load_first(weights + 9 * c, 9, row);
        rows[c] = (words16)row;
    }
    transpose_lanes(rows);
    for (size_t i = 0; i < 9; i++) g[i] = (floats16)rows[i];
}

static void transform_weights(float *out, size_t position_stride, const float *weights, size_t channel_count) {
    for (size_t c = 0; c < channel_count; c += lane_count) {
        floats16 g[9], points[dk_winograd_positions];
        gather_weights(g, weights + 9 * c, channel_count - c);
        weight_positions(points, g);
        for (size_t p = 0; p < dk_winograd_positions; p++) {
            store_channels(out + p * position_stride + c, points[p], channel_count - c);
        }
    }
}

/// The 4 x 4 outputs of sixteen channels.
DK_INLINE void tile_outputs(floats16 outputs[4][4], const float *products, size_t position_stride, size_t count) {
    floats16 columns[4][6];
    for (size_t j = 0; j < 6; j++) {
        floats16 m[6], points[4];
        for (size_t i = 0; i < 6; i++) m[i] = load_channels(products + (6 * i + j) * position_stride, count);
        output_points(points, m, 1);
        for (size_t i = 0; i < 4; i++) columns[i][j] = points[i];
    }
    for (size_t i = 0; i < 4; i++) output_points(outputs[i], columns[i], 1);
}

/// Whether an output is so large that its reader finds it in no cache: its lines go to memory without being fetched first.
DK_INLINE int should_stream(const float *out, dk_picture picture) {
    const size_t least = (size_t)32 << 20;
    size_t strides = picture.row_stride | picture.pixel_stride | picture.channel_count;
    return picture.height * picture.row_stride * sizeof *out >= least && strides % lane_count == 0
        && (uintptr_t)out % sizeof(floats16) == 0;
}

static void transform_output(float *out, dk_picture picture, size_t y, size_t x, const float *products,
                             size_t position_stride, const float *bias, const float *residual) {
    size_t row_count = y + 4 <= picture.height ? 4 : picture.height - y;
    size_t column_count = x + 4 <= picture.width ? 4 : picture.width - x;
    size_t first = y * picture.row_stride + x * picture.pixel_stride;
    int streams = !residual && should_stream(out, picture);
    for (size_t c = 0; c < picture.channel_count; c += lane_count) {
        size_t count = picture.channel_count - c;
        floats16 outputs[4][4], b = bias ? load_channels(bias + c, count) : splat(0);
        tile_outputs(outputs, products + c, position_stride, count);
        for (size_t i = 0; i < row_count; i++) {
            for (size_t j = 0; j < column_count; j++) {
                size_t at = first + i * picture.row_stride + j * picture.pixel_stride + c;
                floats16 r = residual ? load_channels(residual + at, count) : splat(0);
                floats16 sum = (outputs[i][j] + b) + r;
                if (streams) stream(out + at, sum); else store_channels(out + at, sum, count);
            }
        }
    }
    if (streams) finish_streams();
}

const dk_winograd_kernels DK_WINOGRAD_TABLE = {
    .transform_weights = transform_weights,
    .transform_input = transform_input,
    .transform_output = transform_output,
};
