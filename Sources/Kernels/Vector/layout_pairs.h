// How integers lie in a group of channels for products of pairs: channels that are 16 apart beside each other in rows, and
// pair by pair of channels all outputs of a panel.

enum { path_layout = dk_layout_of_pairs, group_vectors = dk_fixed_group_length / lane_count };

/// Pairs that hold the first `count` channels, and maybe zeros.
DK_INLINE size_t pairs_of(size_t count) {
    size_t rest = count % (2 * lane_count);
    return count / 2 - rest / 2 + (rest < lane_count ? rest : lane_count);
}

/// A row's group from its vectors' halves, joined two by two.
DK_INLINE void store_halves(int16_t *out, halves32 a, halves32 b) {
    *(unaligned_ints16 *)out = (ints16)a;
    *(unaligned_ints16 *)(out + 2 * lane_count) = (ints16)b;
}

/// A row's group from its vectors of rounded words.
DK_INLINE void store_group(int16_t *out, const words16 x[group_vectors]) {
    store_halves(out, joined_words(x[0], x[1]), joined_words(x[2], x[3]));
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

DK_INLINE size_t woven_channel(size_t step, size_t i) {
    return step / lane_count * 2 * lane_count + step % lane_count + i * lane_count;
}

DK_INLINE size_t woven_offset(size_t step, size_t width) { return step * 2 * width; }

/// The channels of one step, of sixteen outputs, from rounded words.
DK_INLINE void store_woven(int16_t *out, const words16 x[woven_channels]) {
    *(unaligned_ints16 *)out = (ints16)joined_words(x[0], x[1]);
}
