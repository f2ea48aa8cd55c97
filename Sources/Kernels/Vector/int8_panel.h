// What every product of bytes takes: a panel of weights, the scales of rows, and the end.

/// A panel of weights, from the first channel that the rows hold.
typedef struct weight_panel {
    const int8_t *integers;
    /// Of the first block of channels; the next block's lie `stride` further, as the offsets' do.
    const float *scales;
    const int32_t *offsets;
    size_t stride;
    /// Bytes from one quad of channels to the next.
    size_t pitch;
} weight_panel;

/// The panel of `vectors` vectors of outputs that begins with output `k`.
DK_INLINE weight_panel panel_from(size_t k, size_t vectors, const int8_t *packed, const float *scales,
                                  const int32_t *offsets, dk_fixed_shape shape) {
    size_t length = dk_int8_padded_channels(shape.packed_channel_count), width = vectors * lane_count;
    size_t first = shape.first_channel / shape.block_length * shape.scale_stride + k;
    return (weight_panel){packed + k * length + shape.first_channel * width, scales + first, offsets + first,
                          shape.scale_stride, 4 * width};
}

DK_INLINE ints16 load_offsets(const int32_t *p) { return *(const unaligned_ints16 *)(const void *)p; }

/// The scale of a row's block: behind the row's channels.
DK_INLINE float row_scale(const uint8_t *row, size_t quad_count, size_t block) {
    float scale;
    __builtin_memcpy(&scale, row + 4 * (quad_count + block), 4);
    return scale;
}

/// sums + bias + addend, for `count` outputs from the pointers on.
DK_INLINE void store_outputs(float *out, floats16 y, const float *bias, const float *addend, size_t count) {
    if (count >= lane_count) {
        if (bias) y = y + load(bias);
        if (addend) y = y + load(addend);
        store(out, y);
    } else {
        if (bias) y = y + load_first(bias, count, splat(0));
        if (addend) y = y + load_first(addend, count, splat(0));
        store_first(out, y, count);
    }
}
