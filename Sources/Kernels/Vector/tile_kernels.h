// The fixed-point kernels of tiles and their tables.

#include "lane_transpose.h"
#include "layout_tiles.h"
#include "fixed_packing.h"
#include "product_outputs.h"
#include "fixed_outputs.h"
#include "tiles.h"
#include "tile_sums.h"
#include "tile_product.h"
#include "attention_weights.h"
#include "attention_values.h"
#include "attention_queries.h"
#include "attention_tiles.h"

const dk_fixed_kernels DK_FIXED_TABLE = {
    .layout = dk_layout_of_tiles,
    .quantise_rows = quantise_rows,
    .pack_panel = pack_panel,
    .product = product,
};

const dk_attention_kernels DK_ATTENTION_TABLE = {
    .layout = dk_layout_of_tiles,
    .quantise_queries = quantise_rows,
    .pack_keys = pack_panel,
    .pack_values = pack_values,
    .weigh = weigh,
    .attend = attend,
};
