// The fixed-point kernels of tiles and their tables; attention stays one of pairs.

#include "lane_transpose.h"
#include "layout_tiles.h"
#include "fixed_packing.h"
#include "product_outputs.h"
#include "fixed_outputs.h"
#include "tile_product.h"

const dk_fixed_kernels DK_FIXED_TABLE = {
    .layout = dk_layout_of_tiles,
    .quantise_rows = quantise_rows,
    .pack_panel = pack_panel,
    .product = product,
};
