// The sizes of 8-bit rows.

#include "tables.h"

size_t dk_int8_padded_channels(size_t channel_count) { return (channel_count + 3) / 4 * 4; }

size_t dk_int8_row_bytes(size_t channel_count, size_t block_length) {
    return dk_int8_padded_channels(channel_count) + sizeof(float) * dk_fixed_block_count(channel_count, block_length);
}
