import DiffusionBasics
import DiffusionTensors

/// A weight matrix `[outputs, inputs]` ready to be multiplied with rows.
protocol PackedMatrix: Sendable {
    var outputCount: Int { get }
    var inputCount: Int { get }
    var arithmetic: ProductArithmetic { get }
    /// Ranges of inputs and of outputs begin at multiples of these, and end at one or at the matrix's end.
    var inputStep: Int { get }
    var outputStep: Int { get }

    /// out[r, o] = Σ_i rows[r, i] · weight[o, i] + addends, for i in `rows.inputs` and o in `outputs`.
    /// - Parameters:
    ///   - rows: prepared for this arithmetic.
    ///   - out: points at element (0, outputs.lowerBound) of the result.
    func multiply(
        _ rows: PreparedRows, outputs: Range<Int>, adding addends: ProductAddends,
        into out: UnsafeMutablePointer<Float>, stride outStride: Int, _ kernels: KernelTable)
}

/// What is added to a product: first the bias, then the matrix. The pointers are those of the result's first element.
struct ProductAddends {
    static var none: ProductAddends { ProductAddends() }
    /// One number per output.
    var bias: UnsafePointer<Float>?
    /// One number per element, such as a residual; may be the result itself.
    var matrix: UnsafePointer<Float>?
    var matrixStride = 0
}

extension PackedMatrix {
    /// Brings rows of floats into the form that matrices of this arithmetic multiply, and lends it to `body`.
    /// - Parameter inputs: the range of the matrix's inputs that the rows hold, `rows` pointing at the first of them.
    /// - Throws: `NonFiniteValueError`, `MemoryError`.
    func withPrepared(
        _ rows: UnsafePointer<Float>, stride: Int, rowCount: Int, inputs: Range<Int>, in context: ComputeContext,
        _ body: (PreparedRows) throws -> Void
    ) throws {
        let format = arithmetic.rowFormat
        guard let rowBytes = format.byteCount(inputs: inputs.count) else {
            return try body(PreparedRows(rowCount: rowCount, inputs: inputs, values: rows, byteStride: 4 * stride))
        }
        ensure(inputs.lowerBound % inputStep == 0, "a product from input \(inputs.lowerBound) on")
        try context.withWorkspace(byteCount: rowCount * (rowBytes + 4)) { values in
            let scales = (values + rowCount * rowBytes).bindMemory(to: Float.self, capacity: rowCount)
            try format.prepare(
                rows, stride: stride, rowCount: rowCount, inputs: inputs.count, values: values, scales: scales,
                context.kernels)
            try body(
                PreparedRows(
                    rowCount: rowCount, inputs: inputs, values: values, byteStride: rowBytes, scales: scales))
        }
    }

    /// out[r, o] (+)= Σ_i rows[r, i] · weight[o, i], for i in `inputs` and o in `outputs`.
    /// - Parameters:
    ///   - rows: points at element (0, inputs.lowerBound) of the left factor.
    ///   - out: points at element (0, outputs.lowerBound) of the result.
    /// - Throws: `NonFiniteValueError` where the arithmetic cannot carry what is not finite, `MemoryError`.
    func multiply(
        _ rows: UnsafePointer<Float>, stride: Int, rowCount: Int, inputs: Range<Int>, outputs: Range<Int>,
        accumulate: Bool, into out: UnsafeMutablePointer<Float>, stride outStride: Int, in context: ComputeContext
    ) throws {
        let addends = accumulate ? ProductAddends(matrix: UnsafePointer(out), matrixStride: outStride) : .none
        try withPrepared(rows, stride: stride, rowCount: rowCount, inputs: inputs, in: context) { prepared in
            multiply(prepared, outputs: outputs, adding: addends, into: out, stride: outStride, context.kernels)
        }
    }
}
