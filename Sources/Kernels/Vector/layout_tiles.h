// How integers lie in a group of channels for products of tiles: their upper bytes apart from their lower ones.
//
// A row's group is 64 upper bytes and 64 lower ones; byte 4 i + j is that of channel 16 j + i. A panel's group has for
// each sixteen outputs [upper, lower][i][output][j], one kilobyte each.

enum {
    group_vectors = dk_fixed_group_length / lane_count,
    /// int16 of the upper or lower bytes of a group of sixteen outputs.
    tile_length = lane_count * dk_fixed_group_length / 2,
};

/// Byte `shift` / 8 of each of four vectors' words.
DK_INLINE ints16 bytes_at(int shift, const words16 x[group_vectors]) {
    return (ints16)(((x[0] >> shift) & 0xff) | (((x[1] >> shift) & 0xff) << 8) | (((x[2] >> shift) & 0xff) << 16)
                    | ((x[3] >> shift) << 24));
}

/// A row's group from the low halves of its vectors.
DK_INLINE void store_group(int16_t *out, const words16 x[group_vectors]) {
    *(unaligned_ints16 *)out = bytes_at(8, x);
    *(unaligned_ints16 *)(out + dk_fixed_group_length / 2) = bytes_at(0, x);
}

/// From the first output of a panel to output `k`, a multiple of 16.
DK_INLINE size_t vector_offset(size_t k) { return k / lane_count * 2 * tile_length; }

/// A panel's group for the sixteen outputs of `rows`, each a row's group. `width` is the panel's.
DK_INLINE void weave_group(int16_t *out, const int16_t rows[lane_count][dk_fixed_group_length], size_t width) {
    (void)width;
    for (size_t first = 0; first < dk_fixed_group_length; first += 2 * lane_count, out += tile_length) {
        words16 quads[lane_count];
        for (size_t i = 0; i < lane_count; i++) quads[i] = (words16)load_pairs(rows[i] + first);
        transpose_lanes(quads);
        for (size_t q = 0; q < lane_count; q++) *(unaligned_ints16 *)(out + q * 2 * lane_count) = (ints16)quads[q];
    }
}

/// Channels that lie beside each other.
enum { woven_channels = group_vectors };

DK_INLINE size_t woven_channel(size_t step, size_t i) {
    return step / lane_count * dk_fixed_group_length + step % lane_count + i * lane_count;
}

DK_INLINE size_t woven_offset(size_t step, size_t width) {
    return step / lane_count * dk_fixed_group_length * width + step % lane_count * 2 * lane_count;
}

/// The channels of one step, of sixteen outputs, from the low halves.
DK_INLINE void store_woven(int16_t *out, const words16 x[woven_channels]) {
    *(unaligned_ints16 *)out = bytes_at(8, x);
    *(unaligned_ints16 *)(out + tile_length) = bytes_at(0, x);
}
