// Rows and weights as integers, in the layout that the path has set up.

#include "row_sums.h"
#include "row_magnitudes.h"
#include "fixed_rows.h"
#include "fixed_weights.h"
#include "winograd_points.h"
#include "winograd_weights.h"

const dk_winograd_weight_kernels DK_WINOGRAD_WEIGHT_TABLE = {
    .compress_panel = compress_panel,
    .find_factors = find_position_factors,
    .expand_panel = expand_panel,
};
