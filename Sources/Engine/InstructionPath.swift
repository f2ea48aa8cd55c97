import CDiffusionKernels
import DiffusionBasics
import DiffusionTensors

/// The instruction set that the C kernels use. All give the same bytes; they differ in speed, and in how they pack weights.
package enum InstructionPath: String, Sendable, CaseIterable {
    case portable
    case avx2
    case avx512
    case amx

    /// The widest path of this processor.
    package static var best: InstructionPath { allCases.first { $0.identifier == dk_best_path() } ?? .portable }

    /// Whether this processor has the path.
    package var isAvailable: Bool { dk_kernels_for(identifier) != nil }

    fileprivate var identifier: dk_path {
        switch self {
        case .portable: DK_PATH_PORTABLE
        case .avx2: DK_PATH_AVX2
        case .avx512: DK_PATH_AVX512
        case .amx: DK_PATH_AMX
        }
    }
}

/// A path was asked for that the processor lacks.
package struct InstructionPathError: DescribedError, Equatable {
    package var path: InstructionPath
    package var code: String { "engine.instruction-path" }
    package var sentence: String { "This processor has no \(path.rawValue) instructions." }
    package var remedy: String? { "Use \(InstructionPath.best.rawValue)." }
}

/// The C kernels of one instruction path.
struct KernelTable: @unchecked Sendable {
    // Unchecked: the tables are constant memory.
    let functions: UnsafePointer<dk_kernels>
    /// Where AVX-512 lacks its integer dot products, those of AVX2.
    let fixed: UnsafePointer<dk_fixed_kernels>
    let int8: UnsafePointer<dk_int8_kernels>
    let attention: UnsafePointer<dk_attention_kernels>
    let winograd: UnsafePointer<dk_winograd_kernels>
    let winogradWeights: UnsafePointer<dk_winograd_weight_kernels>

    init(_ path: InstructionPath) throws {
        guard let table = dk_kernels_for(path.identifier),
            let fixed = dk_fixed_kernels_for(path.identifier) ?? dk_fixed_kernels_for(DK_PATH_AVX2),
            let int8 = dk_int8_kernels_for(path.identifier) ?? dk_int8_kernels_for(DK_PATH_AVX2),
            let attention = dk_attention_kernels_for(path.identifier) ?? dk_attention_kernels_for(DK_PATH_AVX2),
            let winograd = dk_winograd_kernels_for(path.identifier),
            let weights = dk_winograd_weight_kernels_for(path.identifier)
                ?? dk_winograd_weight_kernels_for(DK_PATH_AVX2)
        else { throw InstructionPathError(path: path) }
        (functions, self.fixed, self.int8) = (table, fixed, int8)
        (self.attention, self.winograd, winogradWeights) = (attention, winograd, weights)
    }

    /// rows[r, o − outputs.lowerBound] += bias[o] for o in `outputs`.
    func addRowBias(
        _ out: UnsafeMutablePointer<Float>, rows: Int, stride: Int, _ bias: [Float], _ outputs: Range<Int>
    ) {
        bias[outputs].withUnsafeBufferPointer { values in
            guard let base = values.baseAddress else { return }
            functions.pointee.add_row_bias(out, rows, stride, base, values.count)
        }
    }
}

/// For which path the weights below a scope are packed.
private enum InstructionPathKey: WeightScopeKey {
    static let defaultValue = InstructionPath.best
}

extension WeightScope {
    var instructionPath: InstructionPath { self[InstructionPathKey.self] }

    /// The same place, where weights are packed for contexts of that path; for those of the best unless a test says so.
    package func packed(for path: InstructionPath) -> WeightScope { setting(InstructionPathKey.self, to: path) }
}
