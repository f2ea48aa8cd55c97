import DiffusionTensors

/// A weight matrix `[outputs, inputs]` ready to be multiplied with rows.
protocol PackedMatrix: Sendable {
    var outputCount: Int { get }
    var inputCount: Int { get }
    /// Ranges of inputs and of outputs begin at multiples of these, and end at one or at the matrix's end.
    var inputStep: Int { get }
    var outputStep: Int { get }

    /// Brings rows of floats into the form that matrices of this arithmetic multiply, and lends it to `body`.
    /// - Parameter inputs: the range of the matrix's inputs that the rows hold, `rows` pointing at the first of them.
    /// - Throws: `NonFiniteValueError`, `MemoryError`.
    func withPrepared(
        _ rows: UnsafePointer<Float>, stride: Int, rowCount: Int, inputs: Range<Int>, in context: ComputeContext,
        _ body: (PreparedRows) throws -> Void
    ) throws

    /// out[r, o] = Σ_i rows[r, i] · weight[o, i] + addends, for i in `rows.inputs` and o in `outputs`.
    /// - Parameters:
    ///   - rows: prepared by a matrix of the same arithmetic, scale blocks and inputs.
    ///   - out: points at element (0, outputs.lowerBound) of the result.
    func multiply(
        _ rows: PreparedRows, outputs: Range<Int>, adding addends: ProductAddends,
        into out: UnsafeMutablePointer<Float>,
        stride outStride: Int, _ kernels: KernelTable)
}

/// Rows as one arithmetic multiplies them; prepared once, they serve any number of matrices.
struct PreparedRows {
    var rowCount: Int
    var inputs: Range<Int>
    /// Elements of the arithmetic's own type, rows `stride` of them apart.
    var values: UnsafeRawPointer
    var stride: Int
    /// A factor per row, where the arithmetic has it.
    var scales: UnsafePointer<Float>?
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
