// The sizes of packed weights and quantised rows.

#include "tables.h"

size_t dk_fixed_padded_outputs(size_t output_count) { return (output_count + 15) / 16 * 16; }

size_t dk_fixed_row_length(size_t channel_count) {
    return (channel_count + dk_fixed_group_length - 1) / dk_fixed_group_length * dk_fixed_group_length;
}

size_t dk_fixed_place(size_t channel) {
    enum { chunk = 32, half = chunk / 2 };
    return channel / chunk * chunk + channel % half * 2 + channel % chunk / half;
}

size_t dk_fixed_block_count(size_t channel_count, size_t block_length) {
    return (channel_count + block_length - 1) / block_length;
}
