// The fixed-point kernels and their table, from the lanes, tails and pair products that the path has set up.

#include "lane_transpose.h"
#include "row_sums.h"
#include "fixed_rows.h"
#include "fixed_weights.h"
#include "fixed_product.h"

const dk_fixed_kernels DK_FIXED_TABLE = {
    .quantise_rows = quantise_rows,
    .pack_panel = pack_panel,
    .product = product,
};
