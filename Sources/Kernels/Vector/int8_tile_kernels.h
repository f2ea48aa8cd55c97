// The 8-bit kernels of tiles and their table.

#include "lane_transpose.h"
#include "row_magnitudes.h"
#include "int8_rows.h"
#include "int8_weights.h"
#include "product_outputs.h"
#include "int8_panel.h"
#include "tiles.h"
#include "int8_tiles.h"

const dk_int8_kernels DK_INT8_TABLE = {
    .quantise_rows = quantise_rows,
    .pack_panel = pack_panel,
    .product = product,
};
