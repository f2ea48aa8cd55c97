// What AMX's registers are told of the tiles in them.

enum {
    /// Rows and outputs of a tile.
    tile_side = lane_count,
    /// Bytes of a row of a tile, at most.
    tile_bytes = 64,
};

typedef struct tile_configuration {
    uint8_t palette, start_row, reserved[14];
    uint16_t column_bytes[16];
    uint8_t row_counts[16];
} __attribute__((aligned(64))) tile_configuration;
