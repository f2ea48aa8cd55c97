import DiffusionBasics
import DiffusionTensors

/// y = x·Wᵀ + b over the last axis (`torch.nn.Linear`); weights `[outputs, inputs]`.
package struct Linear: Sendable {
    package let inputCount: Int
    package let outputCount: Int
    /// What its input is prepared for, where several layers share it.
    package let arithmetic: ProductArithmetic
    private let weight: Loadable<any PackedMatrix>
    private let bias: Loadable<[Float]>?

    /// - Parameters:
    ///   - scope: holds `weight` and, if `hasBias`, `bias`.
    ///   - weightShape: the shape in the file, where it is not `[outputs, inputs]` (a 1×1 convolution's).
    package init(
        _ scope: WeightScope, inputs: Int, outputs: Int, hasBias: Bool = true, weightShape: Shape? = nil
    ) {
        inputCount = inputs
        outputCount = outputs
        let matrix = MatrixParameter(
            scope.parameter("weight", shape: weightShape ?? [outputs, inputs]), outputCount: outputs, inputCount: inputs
        )
        let (arithmetic, path) = (scope.arithmetic, scope.instructionPath)
        self.arithmetic = arithmetic
        scope.noteMatrix("weight", outputs: outputs, inputs: inputs)
        weight = scope.loadable { try arithmetic.packed(matrix, for: path) }
        let biasParameter = hasBias ? scope.parameter("bias", shape: [outputs]) : nil
        bias = biasParameter.map { parameter in scope.loadable { try parameter.scalars() } }
    }

    /// - Parameters:
    ///   - input: `[images, …, inputs]`.
    ///   - residual: of the result's shape, added to it; its memory is the result's where nobody else holds it.
    /// - Returns: `[images, …, outputs]`.
    package func callAsFunction(
        _ input: Tensor, adding residual: consuming Tensor? = nil, in context: ComputeContext
    ) throws -> Tensor {
        ensure(input.shape.last == inputCount, "linear layer of \(inputCount) inputs on \(input.shape)")
        return try self(
            PreparedTensor(input, for: arithmetic, in: context), adding: consume residual, in: context)
    }

    /// As above, of rows that other layers take too.
    package func callAsFunction(
        _ input: PreparedTensor, adding residual: consuming Tensor? = nil, in context: ComputeContext
    ) throws -> Tensor {
        let shape = Shape(input.shape.dimensions.dropLast() + [outputCount])
        let (product, rows) = (try product(on: input), 0..<input.rowCount)
        guard let residual else {
            var output = try context.makeTensor(shape)
            try context.measured(call(rows)) {
                try withPointer(to: &output) { try product.run(input, rows, into: $0, context) }
            }
            return output
        }
        ensure(residual.shape == shape, "a residual of \(residual.shape) beside \(shape)")
        return try rewriting(consume residual, in: context) { source, target in
            try context.measured(call(rows)) {
                try product.run(input, rows, residual: source, into: target, context)
            }
        }
    }

    private func call(_ rows: Range<Int>) -> LayerCall { weight.value.call("linear", rowCount: rows.count) }

    /// The layer as a product of those rows.
    func product(on input: PreparedTensor) throws -> RowProduct {
        ensure(
            input.width == inputCount && input.arithmetic == arithmetic,
            "linear layer of \(inputCount) inputs in \(arithmetic) on \(input.shape) in \(input.arithmetic)")
        let images = input.shape.rank > 1 ? input.shape[0] : 1
        return RowProduct(matrix: weight.value, bias: bias?.value, images: images)
    }
}
