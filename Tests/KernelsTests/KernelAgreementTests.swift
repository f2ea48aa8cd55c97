import CDiffusionKernels
import Testing

/// The groups of cases, by the part of the engine that calls the kernels.
private let groups: [(name: String, cases: [KernelCase])] = [
    ("activations", unaryCases), ("sums", addCases), ("GEGLU", gegluCases), ("rows", rowCases),
    ("layer norm", layerNormCases), ("channels", channelCases), ("softmax", softmaxCases), ("formats", formatCases),
]

private let groupNames = groups.map(\.name)

private func cases(of group: String) -> [KernelCase] { groups.first { $0.name == group }?.cases ?? [] }

@Suite("Kernels") struct KernelAgreementTests {
    @Test("a path stays within the stated error of the plain twins", arguments: KernelPath.available, groupNames)
    func agreesWithReference(path: KernelPath, group: String) throws {
        for kernelCase in cases(of: group) { try expectAgreement(of: kernelCase, on: path) }
    }

    @Test(
        "AVX2 gives the bytes of the portable path",
        .enabled(if: KernelPath.avx2.isAvailable, "this processor has no AVX2"), arguments: groupNames)
    func avx2GivesPortableBytes(group: String) throws {
        for kernelCase in cases(of: group) { try expectSameBytes(of: kernelCase, on: .avx2, as: .portable) }
    }

    @Test(
        "AVX-512 gives the bytes of the portable path",
        .enabled(if: KernelPath.avx512.isAvailable, "this processor has no AVX-512 (F, BW, VL, DQ)"),
        arguments: groupNames)
    func avx512GivesPortableBytes(group: String) throws {
        for kernelCase in cases(of: group) { try expectSameBytes(of: kernelCase, on: .avx512, as: .portable) }
    }
}

@Suite("Kernel paths") struct KernelPathTests {
    @Test("the portable path is always there and the best path has a table")
    func bestPathHasTable() {
        #expect(KernelPath.portable.isAvailable)
        #expect(dk_kernels_for(dk_best_path()) != nil)
    }

    @Test("the best path is the last that the processor has")
    func bestPathIsWidest() {
        #expect(KernelPath.available.last?.path == dk_best_path())
    }

    @Test("paths are named", arguments: KernelPath.allCases)
    func pathsAreNamed(path: KernelPath) {
        #expect(String(cString: dk_path_name(path.path)) == path.rawValue)
    }

    @Test("a number that is no path has no table")
    func unknownPathHasNoTable() {
        #expect(dk_kernels_for(dk_path(rawValue: 99)) == nil)
    }
}
