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
#include "fixed_tables.h"
