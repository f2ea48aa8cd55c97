import DiffusionBasics
import DiffusionTensors

/// The arithmetic of matrix products: the one place where it is chosen.
package enum ProductArithmetic: Sendable {
    /// Float32 by OpenBLAS.
    case float32

    /// Packs a weight matrix `[outputs, inputs]` for this arithmetic.
    /// - Throws: what reading the parameter throws, `MemoryError`.
    func packed(_ weight: MatrixParameter) throws -> any PackedMatrix {
        switch self {
        case .float32: try Float32Matrix(weight)
        }
    }
}

/// A weight matrix as a checkpoint holds it, seen as `[outputs, inputs]`.
package struct MatrixParameter: Sendable {
    let parameter: Parameter
    let outputCount: Int
    let inputCount: Int
    /// Reorders one output's inputs from the file's order into the plan's; nil leaves them.
    let reorderInputs: (@Sendable (UnsafeBufferPointer<Float>, UnsafeMutableBufferPointer<Float>) -> Void)?

    init(
        _ parameter: Parameter, outputCount: Int, inputCount: Int,
        reorderInputs: (@Sendable (UnsafeBufferPointer<Float>, UnsafeMutableBufferPointer<Float>) -> Void)? = nil
    ) {
        ensure(
            parameter.shape.elementCount == outputCount * inputCount,
            "\(parameter.name) of \(parameter.shape) as a matrix \(outputCount)×\(inputCount)")
        self.parameter = parameter
        self.outputCount = outputCount
        self.inputCount = inputCount
        self.reorderInputs = reorderInputs
    }

    /// Reads outputs `range`, each with its inputs in the plan's order.
    /// - Parameter target: room for `range.count` × `inputCount` floats.
    func readRows(_ range: Range<Int>, into target: UnsafeMutableBufferPointer<Float>) throws {
        let elements = range.lowerBound * inputCount..<range.upperBound * inputCount
        guard let reorderInputs else { return try parameter.read(elements, into: target) }
        let scratch = UnsafeMutableBufferPointer<Float>.allocate(capacity: elements.count)
        defer { scratch.deallocate() }
        try parameter.read(elements, into: scratch)
        for row in 0..<range.count {
            let part = row * inputCount..<(row + 1) * inputCount
            reorderInputs(
                UnsafeBufferPointer(rebasing: scratch[part]), UnsafeMutableBufferPointer(rebasing: target[part]))
        }
    }
}

/// A weight matrix ready to be multiplied with rows.
protocol PackedMatrix: Sendable {
    var outputCount: Int { get }
    var inputCount: Int { get }

    /// out[r, o] (+)= Σ_i rows[r, i] · weight[o, i], for i in `inputs` and o in `outputs`.
    /// - Parameters:
    ///   - rows: points at element (0, inputs.lowerBound) of the left factor.
    ///   - out: points at element (0, outputs.lowerBound) of the result.
    func multiply(
        _ rows: UnsafePointer<Float>, stride: Int, rowCount: Int, inputs: Range<Int>, outputs: Range<Int>,
        accumulate: Bool, into out: UnsafeMutablePointer<Float>, stride outStride: Int)
}

/// Float32 weights `[outputs, inputs]`, multiplied by OpenBLAS.
struct Float32Matrix: PackedMatrix {
    let outputCount: Int
    let inputCount: Int
    private let weights: Tensor

    init(_ weight: MatrixParameter) throws {
        outputCount = weight.outputCount
        inputCount = weight.inputCount
        var weights = try Tensor(uninitialized: [outputCount, inputCount], pool: nil)
        let pieces = Pieces(of: outputCount, length: Self.readLength / max(1, inputCount))
        try weights.withUnsafeMutableScalars { target in
            for rows in (0..<pieces.count).map({ pieces[$0] }) {
                let part = rows.lowerBound * weight.inputCount..<rows.upperBound * weight.inputCount
                try weight.readRows(rows, into: UnsafeMutableBufferPointer(rebasing: target[part]))
            }
        }
        self.weights = weights
    }

    /// Floats read at a time: a megabyte, so that reordering needs no second copy of the whole.
    private static let readLength = 1 << 18

    func multiply(
        _ rows: UnsafePointer<Float>, stride: Int, rowCount: Int, inputs: Range<Int>, outputs: Range<Int>,
        accumulate: Bool, into out: UnsafeMutablePointer<Float>, stride outStride: Int
    ) {
        weights.withUnsafeScalars { scalars in
            guard let base = scalars.baseAddress else { return }
            BLAS.product(
                rows, stride: stride,
                base + outputs.lowerBound * inputCount + inputs.lowerBound, .transposed, stride: inputCount,
                rows: rowCount, columns: outputs.count, inner: inputs.count, accumulate: accumulate,
                into: out, stride: outStride)
        }
    }
}
