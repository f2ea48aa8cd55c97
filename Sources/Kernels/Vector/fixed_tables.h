// The tables of products and attention, for the layout and the products that the path has set up.

const dk_fixed_kernels DK_FIXED_TABLE = {
    .layout = path_layout,
    .quantise_rows = quantise_rows,
    .pack_panel = pack_panel,
    .product = product,
};

const dk_attention_kernels DK_ATTENTION_TABLE = {
    .layout = path_layout,
    .quantise_queries = quantise_rows,
    .pack_keys = pack_panel,
    .pack_values = pack_values,
    .weigh = weigh,
    .attend = attend,
};
