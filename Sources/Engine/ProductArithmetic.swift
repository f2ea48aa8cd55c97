import DiffusionTensors

/// The arithmetic of matrix products: the one place where it is chosen.
package enum ProductArithmetic: Sendable {
    /// Float32 by OpenBLAS.
    case float32
    /// 16-bit fixed point with exact integer sums: 13 bits of each row, about as many of each weight.
    case fixed16

    /// The fastest that loses nothing to be seen on this processor.
    package static var preferred: ProductArithmetic { InstructionPath.best == .portable ? .float32 : .fixed16 }

    var rowFormat: any RowFormat {
        switch self {
        case .float32: Float32Rows()
        case .fixed16: FixedRows()
        }
    }

    /// Of a packed weight, scales left out.
    var bytesPerWeight: Int {
        switch self {
        case .float32: 4
        case .fixed16: 2
        }
    }

    /// Packs a weight matrix `[outputs, inputs]` for this arithmetic.
    /// - Throws: what reading the parameter throws, `MemoryError`, `NonFiniteValueError`.
    func packed(_ weight: MatrixParameter) throws -> any PackedMatrix {
        switch self {
        case .float32: try Float32Matrix(weight)
        case .fixed16: try FixedMatrix(weight)
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
