// OpenBLAS's own header: plain cblas.h may belong to another BLAS. Debian keeps a copy per build flavour.
#if __has_include(<openblas/cblas.h>)
#include <openblas/cblas.h>
#else
#include <cblas.h>
#endif
