// The fixed-point kernels and their tables, from the lanes, tails and pair products that the path has set up.

#include "lane_transpose.h"
#include "layout_pairs.h"
#include "fixed_packing.h"
#include "pair_sums.h"
#include "product_outputs.h"
#include "fixed_outputs.h"
#include "fixed_product.h"
#include "attention_weights.h"
#include "attention_values.h"
#include "attention_queries.h"
#include "attention.h"

const dk_fixed_kernels DK_FIXED_TABLE = {
    .layout = dk_layout_of_pairs,
    .quantise_rows = quantise_rows,
    .pack_panel = pack_panel,
    .product = product,
};

const dk_attention_kernels DK_ATTENTION_TABLE = {
    .layout = dk_layout_of_pairs,
    .quantise_queries = quantise_rows,
    .pack_keys = pack_panel,
    .pack_values = pack_values,
    .weigh = weigh,
    .attend = attend,
};
