// How integers lie in a group of channels for products of tiles: their upper bytes apart from their lower ones.
//
// A row's group is 64 upper bytes and 64 lower ones; byte 4 i + j is that of channel 16 k + i with k = 0, 2, 1, 3 for
// j = 0, 1, 2, 3. A panel's group has for each sixteen outputs [upper, lower][i][output][j], one kilobyte each.

enum {
    path_layout = dk_layout_of_tiles,
    group_vectors = dk_fixed_group_length / lane_count,
    /// int16 of the upper or lower bytes of a group of sixteen outputs.
    tile_length = lane_count * dk_fixed_group_length / 2,
};

/// The bytes of four vectors' halves, joined two by two.
DK_INLINE void split_bytes(int16_t *upper, int16_t *lower, words16 a, words16 b) {
    *(unaligned_ints16 *)upper = (ints16)(((a >> 8) & 0x00ff00ff) | (b & 0xff00ff00));
    *(unaligned_ints16 *)lower = (ints16)((a & 0x00ff00ff) | ((b << 8) & 0xff00ff00));
}

/// A row's group from its vectors' halves, joined two by two.
DK_INLINE void store_halves(int16_t *out, halves32 a, halves32 b) {
    split_bytes(out, out + dk_fixed_group_length / 2, (words16)a, (words16)b);
}

/// A row's group from its vectors of rounded words.
DK_INLINE void store_group(int16_t *out, const words16 x[group_vectors]) {
    store_halves(out, joined_words(x[0], x[1]), joined_words(x[2], x[3]));
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

/// The channels of one step, of sixteen outputs, from rounded words.
DK_INLINE void store_woven(int16_t *out, const words16 x[woven_channels]) {
    split_bytes(out, out + tile_length, (words16)joined_words(x[0], x[1]), (words16)joined_words(x[2], x[3]));
}
