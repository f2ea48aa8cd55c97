// Whether this process may use the tiles of AMX: the processor has them, and the kernel grants them.

#include "tables.h"

#if defined(__x86_64__) && defined(__linux__)

#include <cpuid.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    /// Bits of EDX of leaf 7 (Intel's Software Developer's Manual, volume 2A, CPUID).
    has_tiles = 1 << 24,
    has_tiles_of_integers = 1 << 25,
    /// Linux's ARCH_REQ_XCOMP_PERM and the component of the state that tiles are (Documentation/arch/x86/xstate.rst).
    request_permission = 0x1023,
    tile_data = 18,
};

static int processor_has_tiles(void) {
    unsigned a, b, c, d;
    const unsigned wanted = has_tiles | has_tiles_of_integers;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & wanted) == wanted;
}

/// A permission holds for all threads of the process; asking again changes nothing.
static int may_use_tiles(void) {
    return processor_has_tiles() && syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
}

int dk_has_tiles(void) {
    // Both questions leave the program, so the answer is kept: 0 is none yet, 1 no, 2 yes.
    static _Atomic int answer;
    int known = atomic_load_explicit(&answer, memory_order_relaxed);
    if (known == 0) {
        known = may_use_tiles() ? 2 : 1;
        atomic_store_explicit(&answer, known, memory_order_relaxed);
    }
    return known == 2;
}

#else

int dk_has_tiles(void) { return 0; }

#endif
