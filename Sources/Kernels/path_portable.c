// The vector kernels for any processor: whatever the target's baseline offers.

#include "tables.h"

#define DK_TABLE dk_portable_table
#define DK_WINOGRAD_TABLE dk_winograd_portable_table

#include "Vector/lanes.h"
#include "Vector/tails_portable.h"
#include "Vector/kernels.h"
