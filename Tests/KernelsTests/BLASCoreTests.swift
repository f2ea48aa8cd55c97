import CDiffusionKernels
import Testing

@Suite("OpenBLAS's kernels") struct BLASCoreTests {
    @Test(
        "kernels older than the processor's instructions are replaced",
        arguments: [
            ("Prescott", DK_PATH_AVX512, "SkylakeX"), ("Nehalem", DK_PATH_AVX2, "Haswell"),
            ("sandybridge", DK_PATH_AVX2, "Haswell"), ("Prescott", DK_PATH_PORTABLE, nil),
            ("SkylakeX", DK_PATH_AVX512, nil), ("Zen", DK_PATH_AVX512, nil), ("Haswell", DK_PATH_AVX2, nil),
            ("a name of tomorrow", DK_PATH_AVX512, nil),
        ] as [(String, dk_path, String?)])
    func choice(name: String, path: dk_path, expected: String?) {
        #expect(dk_blas_core_instead_of(name, path).map { String(cString: $0) } == expected)
    }
}
