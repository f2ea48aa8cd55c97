import CDiffusionKernels
import DiffusionEngine
import Foundation
import Testing

@Suite("OpenBLAS's kernels in the engine") struct EngineBLASCoreTests {
    @Test(
        "a context computes with kernels that fit the processor",
        .disabled(if: getenv("OPENBLAS_CORETYPE") != nil, "the environment names the kernels"))
    func kernelsFit() throws {
        let description = try ComputeContext(threadCount: 1).kernelDescription
        let name = try #require(description.split(separator: " ").first?.split(separator: "-").last)
        #expect(dk_blas_core_instead_of(String(name), dk_best_path()) == nil)
    }
}
