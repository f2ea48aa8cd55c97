// How integers lie in a group of channels for products of pairs: rows as they are, and pair by pair of channels all outputs
// of a panel beside each other.

enum { group_vectors = dk_fixed_group_length / lane_count };

/// A row's group from the low halves of its vectors.
DK_INLINE void store_group(int16_t *out, const words16 x[group_vectors]) {
    for (size_t v = 0; v < group_vectors; v++) {
        *(unaligned_halves16 *)(out + v * lane_count) = __builtin_convertvector(x[v], halves16);
    }
}

/// From the first output of a panel to output `k`, a multiple of 16.
DK_INLINE size_t vector_offset(size_t k) { return 2 * k; }

/// A panel's group for the sixteen outputs of `rows`, each a row's group. `width` is the panel's.
DK_INLINE void weave_group(int16_t *out, const int16_t rows[lane_count][dk_fixed_group_length], size_t width) {
    for (size_t first = 0; first < dk_fixed_group_length; first += 2 * lane_count, out += 2 * lane_count * width) {
        words16 pairs[lane_count];
        for (size_t i = 0; i < lane_count; i++) pairs[i] = (words16)load_pairs(rows[i] + first);
        transpose_lanes(pairs);
        for (size_t p = 0; p < lane_count; p++) *(unaligned_ints16 *)(out + p * 2 * width) = (ints16)pairs[p];
    }
}

/// Channels that lie beside each other.
enum { woven_channels = 2 };

DK_INLINE size_t woven_channel(size_t step, size_t i) { return 2 * step + i; }

DK_INLINE size_t woven_offset(size_t step, size_t width) { return step * 2 * width; }

/// The channels of one step, of sixteen outputs, from the low halves.
DK_INLINE void store_woven(int16_t *out, const words16 x[woven_channels]) {
    *(unaligned_ints16 *)out = (ints16)((x[0] & 0xffff) | (x[1] << 16));
}
