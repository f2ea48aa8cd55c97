import DiffusionBasics
import DiffusionTensors

/// y = x·Wᵀ + b over the last axis (`torch.nn.Linear`); weights `[outputs, inputs]`.
package struct Linear: Sendable {
    package let inputCount: Int
    package let outputCount: Int
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
        let arithmetic = scope.arithmetic
        weight = scope.loadable { try arithmetic.packed(matrix) }
        let biasParameter = hasBias ? scope.parameter("bias", shape: [outputs]) : nil
        bias = biasParameter.map { parameter in scope.loadable { try parameter.scalars() } }
    }

    /// - Parameter input: `[images, …, inputs]`.
    /// - Returns: `[images, …, outputs]`.
    package func callAsFunction(_ input: Tensor, in context: ComputeContext) throws -> Tensor {
        ensure(input.shape.last == inputCount, "linear layer of \(inputCount) inputs on \(input.shape)")
        let images = input.shape.rank > 1 ? input.shape[0] : 1
        let rows = input.shape.elementCount / max(1, inputCount * images)
        var output = try context.makeTensor(Shape(input.shape.dimensions.dropLast() + [outputCount]))
        try multiplyRows(input, images: images, rows: rows, by: weight.value, bias: bias?.value, into: &output, context)
        return output
    }
}
