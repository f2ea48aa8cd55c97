// The fixed-point kernels and their tables, from the lanes, tails and pair products that the path has set up.

#include "lane_transpose.h"
#include "row_sums.h"
#include "row_magnitudes.h"
#include "fixed_rows.h"
#include "fixed_weights.h"
#include "pair_sums.h"
#include "fixed_product.h"
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
