// Sums of products by AMX: sixteen rows and sixteen outputs at a time. A product of 16 bits is four of bytes:
// upper · upper · 2^16 + (upper · lower + lower · upper) · 2^8 + lower · lower, modulo 2^32.

enum { rows_at_once = tile_side };

/// What the registers hold, a kilobyte each. There are eight, but the two threads of a core share those that stand behind
/// them: where the other thread multiplies tiles too, a loop with eight takes twice the time of one with five or six.
enum { upper_sums, mixed_sums, lower_sums, upper_rows, lower_rows, weight_bytes, register_count };

/// Sets the registers up for tiles of `row_count` rows, until they are released.
DK_INLINE void configure_tiles(size_t row_count) {
    tile_configuration configuration = {.palette = 1};
    for (size_t i = 0; i < register_count; i++) {
        configuration.column_bytes[i] = dk_fixed_group_length;
        configuration.row_counts[i] = (uint8_t)(i == weight_bytes ? tile_side : row_count);
    }
    _tile_loadconfig(&configuration);
}

DK_INLINE void begin_sums(void) {
    _tile_zero(upper_sums);
    _tile_zero(mixed_sums);
    _tile_zero(lower_sums);
}

DK_INLINE void load_upper_rows(const int16_t *rows, size_t row_stride) { _tile_loadd(upper_rows, rows, 2 * row_stride); }

DK_INLINE void load_lower_rows(const int16_t *rows, size_t row_stride) {
    _tile_loadd(lower_rows, rows + dk_fixed_group_length / 2, 2 * row_stride);
}

DK_INLINE void load_upper_weights(const int16_t *weights) { _tile_loadd(weight_bytes, weights, dk_fixed_group_length); }

DK_INLINE void load_lower_weights(const int16_t *weights) {
    _tile_loadd(weight_bytes, weights + tile_length, dk_fixed_group_length);
}

/// Adds the products of one group of channels.
DK_INLINE void add_group(const int16_t *rows, size_t row_stride, const int16_t *weights) {
    load_upper_rows(rows, row_stride);
    load_upper_weights(weights);
    _tile_dpbssd(upper_sums, upper_rows, weight_bytes);
    load_lower_rows(rows, row_stride);
    _tile_dpbusd(mixed_sums, lower_rows, weight_bytes);
    load_lower_weights(weights);
    _tile_dpbuud(lower_sums, lower_rows, weight_bytes);
    _tile_dpbsud(mixed_sums, upper_rows, weight_bytes);
}

typedef struct tile_sums {
    uint32_t upper[tile_side][tile_side], mixed[tile_side][tile_side], lower[tile_side][tile_side];
} __attribute__((aligned(64))) tile_sums;

DK_INLINE void store_sums(tile_sums *sums) {
    _tile_stored(upper_sums, sums->upper, sizeof sums->upper[0]);
    _tile_stored(mixed_sums, sums->mixed, sizeof sums->mixed[0]);
    _tile_stored(lower_sums, sums->lower, sizeof sums->lower[0]);
}

DK_INLINE words16 load_words(const uint32_t *p) { return (words16)load_pairs((const int16_t *)p); }

DK_INLINE ints16 whole_sums(const tile_sums *sums, size_t row) {
    words16 upper = load_words(sums->upper[row]) << 16, mixed = load_words(sums->mixed[row]) << 8;
    return (ints16)(upper + mixed + load_words(sums->lower[row]));
}

DK_INLINE floats16 scaled_sums(const tile_sums *sums, size_t row, floats16 scales) {
    return __builtin_convertvector(whole_sums(sums, row), floats16) * scales;
}
