// The fixed-point kernels and their tables, from the lanes, tails and pair products that the path has set up.

#include "lane_transpose.h"
#include "row_sums.h"
#include "row_magnitudes.h"
#include "fixed_rows.h"
#include "fixed_weights.h"
#include "pair_sums.h"
#include "product_outputs.h"
#include "fixed_product.h"
#include "winograd_points.h"
#include "winograd_weights.h"
#include "attention_weights.h"
#include "attention_values.h"
#include "attention.h"

const dk_fixed_kernels DK_FIXED_TABLE = {
    .quantise_rows = quantise_rows,
    .pack_panel = pack_panel,
    .product = product,
};

const dk_attention_kernels DK_ATTENTION_TABLE = {
    .pack_values = pack_values,
    .weigh = weigh,
    .attend = attend,
};

const dk_winograd_weight_kernels DK_WINOGRAD_WEIGHT_TABLE = {
    .compress_panel = compress_panel,
    .find_factors = find_position_factors,
    .expand_panel = expand_panel,
};
