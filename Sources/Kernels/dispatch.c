// Which path runs on this processor.

#include "tables.h"

static int processor_has(dk_path path) {
    switch (path) {
    case DK_PATH_PORTABLE: return 1;
#if defined(__x86_64__)
    case DK_PATH_AVX2: return __builtin_cpu_supports("avx2") != 0;
    case DK_PATH_AVX512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
            && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
    case DK_PATH_AMX: return dk_has_tiles() && processor_has(DK_PATH_AVX512) && __builtin_cpu_supports("avx512vnni");
#endif
    default: return 0;
    }
}

static const dk_kernels *table_of(dk_path path) {
    switch (path) {
#if defined(__x86_64__)
    case DK_PATH_AVX2: return &dk_avx2_table;
    case DK_PATH_AVX512:
    case DK_PATH_AMX: return &dk_avx512_table;
#endif
    default: return &dk_portable_table;
    }
}

const dk_kernels *dk_kernels_for(dk_path path) { return processor_has(path) ? table_of(path) : NULL; }

static int processor_has_fixed(dk_path path) {
#if defined(__x86_64__)
    if (path == DK_PATH_AVX512 && !__builtin_cpu_supports("avx512vnni")) return 0;
#endif
    return processor_has(path);
}

static const dk_fixed_kernels *fixed_table_of(dk_path path) {
    switch (path) {
#if defined(__x86_64__)
    case DK_PATH_AVX2: return &dk_fixed_avx2_table;
    case DK_PATH_AVX512: return &dk_fixed_avx512_table;
    case DK_PATH_AMX: return &dk_fixed_amx_table;
#endif
    default: return &dk_fixed_portable_table;
    }
}

const dk_fixed_kernels *dk_fixed_kernels_for(dk_path path) {
    return processor_has_fixed(path) ? fixed_table_of(path) : NULL;
}

const dk_fixed_kernels *dk_fixed_reference_table(void) { return &dk_fixed_reference_kernels; }

static const dk_int8_kernels *int8_table_of(dk_path path) {
    switch (path) {
#if defined(__x86_64__)
    case DK_PATH_AVX2: return &dk_int8_avx2_table;
    case DK_PATH_AVX512: return &dk_int8_avx512_table;
    case DK_PATH_AMX: return &dk_int8_amx_table;
#endif
    default: return &dk_int8_portable_table;
    }
}

const dk_int8_kernels *dk_int8_kernels_for(dk_path path) {
    return processor_has_fixed(path) ? int8_table_of(path) : NULL;
}

const dk_int8_kernels *dk_int8_reference_table(void) { return &dk_int8_reference_kernels; }

static const dk_attention_kernels *attention_table_of(dk_path path) {
    switch (path) {
#if defined(__x86_64__)
    case DK_PATH_AVX2: return &dk_attention_avx2_table;
    case DK_PATH_AVX512: return &dk_attention_avx512_table;
    case DK_PATH_AMX: return &dk_attention_amx_table;
#endif
    default: return &dk_attention_portable_table;
    }
}

const dk_attention_kernels *dk_attention_kernels_for(dk_path path) {
    return processor_has_fixed(path) ? attention_table_of(path) : NULL;
}

const dk_attention_kernels *dk_attention_reference_table(void) { return &dk_attention_reference_kernels; }

static const dk_winograd_kernels *winograd_table_of(dk_path path) {
    switch (path) {
#if defined(__x86_64__)
    case DK_PATH_AVX2: return &dk_winograd_avx2_table;
    case DK_PATH_AVX512:
    case DK_PATH_AMX: return &dk_winograd_avx512_table;
#endif
    default: return &dk_winograd_portable_table;
    }
}

const dk_winograd_kernels *dk_winograd_kernels_for(dk_path path) {
    return processor_has(path) ? winograd_table_of(path) : NULL;
}

static const dk_winograd_weight_kernels *winograd_weight_table_of(dk_path path) {
    switch (path) {
#if defined(__x86_64__)
    case DK_PATH_AVX2: return &dk_winograd_weight_avx2_table;
    case DK_PATH_AVX512: return &dk_winograd_weight_avx512_table;
    case DK_PATH_AMX: return &dk_winograd_weight_amx_table;
#endif
    default: return &dk_winograd_weight_portable_table;
    }
}

const dk_winograd_weight_kernels *dk_winograd_weight_kernels_for(dk_path path) {
    return processor_has_fixed(path) ? winograd_weight_table_of(path) : NULL;
}

const dk_winograd_kernels *dk_winograd_reference_table(void) { return &dk_winograd_reference_kernels; }

const dk_kernels *dk_reference_table(void) { return &dk_reference_kernels; }

dk_path dk_best_path(void) {
    if (processor_has(DK_PATH_AMX)) return DK_PATH_AMX;
    if (processor_has(DK_PATH_AVX512)) return DK_PATH_AVX512;
    return processor_has(DK_PATH_AVX2) ? DK_PATH_AVX2 : DK_PATH_PORTABLE;
}

const char *dk_path_name(dk_path path) {
    switch (path) {
    case DK_PATH_AVX2: return "avx2";
    case DK_PATH_AVX512: return "avx512";
    case DK_PATH_AMX: return "amx";
    default: return "portable";
    }
}
