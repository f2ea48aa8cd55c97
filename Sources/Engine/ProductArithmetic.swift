import DiffusionTensors

/// The arithmetic of matrix products: the one place where it is chosen.
package enum ProductArithmetic: Sendable {
    /// Float32 by OpenBLAS.
    case float32
    /// 16-bit fixed point with exact integer sums: 13 bits of each row, about as many of each weight.
    case fixed16
    /// 8-bit integers with exact integer sums: 7 bits of each block of 320 inputs, of rows and of weights. Only linear
    /// layers and convolutions computed directly are in it; `delicate` says what the others are in.
    case int8

    /// For what 8 bits would spoil: attention, Winograd's transforms, and layers that cost little and count for much.
    package var delicate: ProductArithmetic { self == .int8 ? .fixed16 : self }

    /// The fastest that loses nothing to be seen on this processor.
    package static var preferred: ProductArithmetic { InstructionPath.best == .portable ? .float32 : .fixed16 }

    var rowFormat: any RowFormat {
        switch self {
        case .float32: Float32Rows()
        case .fixed16: FixedRows()
        case .int8: Int8Rows()
        }
    }

    /// Of a packed weight, scales left out.
    var bytesPerWeight: Int {
        switch self {
        case .float32: 4
        case .fixed16: 2
        case .int8: 1
        }
    }

    /// Packs a weight matrix `[outputs, inputs]` for this arithmetic on that path.
    /// - Throws: what reading the parameter throws, `MemoryError`, `NonFiniteValueError`.
    func packed(_ weight: MatrixParameter, for path: InstructionPath) throws -> any PackedMatrix {
        switch self {
        case .float32: try Float32Matrix(weight)
        case .fixed16: try FixedMatrix(weight, KernelTable(path))
        case .int8: try Int8Matrix(weight, KernelTable(path))
        }
    }
}

/// Under which arithmetic the weights below a scope are packed.
private enum ArithmeticKey: WeightScopeKey {
    static let defaultValue = ProductArithmetic.float32
}

extension WeightScope {
    package var arithmetic: ProductArithmetic { self[ArithmeticKey.self] }

    package func with(_ arithmetic: ProductArithmetic) -> WeightScope { setting(ArithmeticKey.self, to: arithmetic) }
}
