// Between PyTorch's planes and our channels-last rows, and from values to the bytes of a picture.

/// in [row_count][column_count] to out [column_count][row_count], by squares whose lines stay in the first cache.
DK_INLINE void transpose(float *out, const float *in, size_t row_count, size_t column_count) {
    enum { side = 16 };
    for (size_t row = 0; row < row_count; row += side) {
        size_t row_end = row + side < row_count ? row + side : row_count;
        for (size_t column = 0; column < column_count; column += side) {
            size_t column_end = column + side < column_count ? column + side : column_count;
            for (size_t c = column; c < column_end; c++) {
                for (size_t r = row; r < row_end; r++) out[c * row_count + r] = in[r * column_count + c];
            }
        }
    }
}

static void transpose_nchw_to_nhwc(float *out, const float *in, size_t channels, size_t pixels) {
    transpose(out, in, channels, pixels);
}

static void transpose_nhwc_to_nchw(float *out, const float *in, size_t channels, size_t pixels) {
    transpose(out, in, pixels, channels);
}

DK_INLINE bytes16 bytes_of(floats16 x) {
    // larger() and smaller() give their second argument for a NaN: it becomes 0.
    floats16 unit = smaller(larger(x * splat(0.5f) + splat(0.5f), splat(0)), splat(1));
    // 1.5 · 2^23 leaves no fraction bits: the sum rounds half to even and its low bits are the integer.
    words16 bits = (words16)(unit * splat(255) + splat(0x1.8p23f));
    return __builtin_convertvector(bits & 0xff, bytes16);
}

static void rgb_to_bytes(uint8_t *out, const float *in, size_t n) {
    size_t i = 0;
    for (; i + lane_count <= n; i += lane_count) *(unaligned_bytes16 *)(out + i) = bytes_of(load(in + i));
    if (i == n) return;
    bytes16 last = bytes_of(load_first(in + i, n - i, splat(0)));
    for (size_t k = 0; i + k < n; k++) out[i + k] = last[k];
}
