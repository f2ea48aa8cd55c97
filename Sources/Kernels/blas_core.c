// Has OpenBLAS choose kernels that fit the processor, when the program starts.

#include "DiffusionBLASCore.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <strings.h>

/// Kernels for processors without AVX2, by the names that OpenBLAS gives them.
static const char *const outdated[] = {
    "katmai", "coppermine", "northwood", "prescott", "banias", "atom", "core2", "penryn", "dunnington", "nehalem",
    "athlon", "opteron", "opteron_sse3", "barcelona", "nano", "sandybridge", "bobcat", "bulldozer", "piledriver",
    "steamroller",
};

const char *dk_blas_core_instead_of(const char *name, dk_path path) {
    for (size_t i = 0; path != DK_PATH_PORTABLE && i < sizeof outdated / sizeof *outdated; i++) {
        if (strcasecmp(name, outdated[i]) == 0) return path == DK_PATH_AVX2 ? "Haswell" : "SkylakeX";
    }
    return NULL;
}

#if defined(__x86_64__)

static const char variable[] = "OPENBLAS_CORETYPE";

/// Functions of OpenBLAS that not every build has.
typedef struct openblas_functions {
    char *(*core_name)(void);
    void (*quit)(void);
    void (*start)(void);
} openblas_functions;

static openblas_functions find_functions(void) {
    openblas_functions found = {0};
    void *program = dlopen(NULL, RTLD_NOW);
    if (!program) return found;
    *(void **)&found.core_name = dlsym(program, "openblas_get_corename");
    *(void **)&found.quit = dlsym(program, "gotoblas_dynamic_quit");
    *(void **)&found.start = dlsym(program, "gotoblas_dynamic_init");
    dlclose(program);
    return found;
}

__attribute__((constructor)) static void choose_core(void) {
    // The environment is read and written here only because no other thread can be at it yet.
    if (getenv(variable)) return;
    openblas_functions openblas = find_functions();
    if (!openblas.core_name || !openblas.quit || !openblas.start) return;
    __builtin_cpu_init();
    const char *core = dk_blas_core_instead_of(openblas.core_name(), dk_best_path());
    if (!core) return;
    setenv(variable, core, 1);
    openblas.quit();
    openblas.start();
    unsetenv(variable);
}

#endif
