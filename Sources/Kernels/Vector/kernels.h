// All vector kernels and their table, from the lanes and tails that the path has set up.

#include "map.h"
#include "elementwise.h"
#include "exponential.h"
#include "activations.h"
#include "layer_norm.h"
#include "group_norm.h"
#include "softmax.h"
#include "half_floats.h"
#include "images.h"
#include "table.h"
