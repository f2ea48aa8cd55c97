import CDiffusionKernels
import Testing

typealias Kernels = UnsafePointer<dk_kernels>

/// The instruction sets that the vector kernels are compiled for.
enum KernelPath: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case portable, avx2, avx512, amx

    /// Those that run on this processor.
    static var available: [KernelPath] { allCases.filter(\.isAvailable) }

    var path: dk_path {
        switch self {
        case .portable: DK_PATH_PORTABLE
        case .avx2: DK_PATH_AVX2
        case .avx512: DK_PATH_AVX512
        case .amx: DK_PATH_AMX
        }
    }

    var isAvailable: Bool { dk_kernels_for(path) != nil }

    /// The table, or an issue: the tests ask for available paths only.
    func table() throws -> Kernels { try #require(dk_kernels_for(path)) }

    var testDescription: String { rawValue }
}
