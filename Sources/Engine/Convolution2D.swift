import DiffusionBasics
import DiffusionTensors

/// A convolution layer: a descriptor, the plan chosen for it, and its weights (`torch.nn.Conv2d`, activations NHWC).
package struct Convolution2D: Sendable {
    package let descriptor: Convolution2DDescriptor
    private let plan: Loadable<any ConvolutionPlan>
    private let bias: Loadable<[Float]>?

    /// - Parameter scope: holds `weight` (OIHW) and, if `hasBias`, `bias`.
    package init(_ scope: WeightScope, _ descriptor: Convolution2DDescriptor, hasBias: Bool = true) {
        self.descriptor = descriptor
        let arithmetic = scope.arithmetic
        let weight = scope.parameter("weight", shape: descriptor.weightShape)
        plan = scope.loadable { try makeConvolutionPlan(descriptor, weight, arithmetic) }
        let biasParameter = hasBias ? scope.parameter("bias", shape: [descriptor.outputChannels]) : nil
        bias = biasParameter.map { parameter in scope.loadable { try parameter.scalars() } }
    }

    /// - Parameter input: `[images, height, width, input channels]`.
    /// - Returns: `[images, output height, output width, output channels]`.
    package func callAsFunction(_ input: Tensor, in context: ComputeContext) throws -> Tensor {
        ensure(
            input.shape.rank == 4 && input.shape[3] == descriptor.inputChannels,
            "convolution of \(descriptor.inputChannels) channels on \(input.shape)")
        let size = descriptor.outputSize(height: input.shape[1], width: input.shape[2])
        ensure(size.height > 0 && size.width > 0, "the kernel of \(descriptor) is larger than \(input.shape)")
        var output = try context.makeTensor([input.shape[0], size.height, size.width, descriptor.outputChannels])
        try plan.value.run(input, into: &output, bias: bias?.value, context)
        return output
    }
}

/// A way to compute one convolution, with its weights packed for it.
protocol ConvolutionPlan: Sendable {
    /// Fills `output` (NHWC, of the descriptor's output size) from `input`, adding `bias` per output channel.
    func run(_ input: Tensor, into output: inout Tensor, bias: [Float]?, _ context: ComputeContext) throws
}

/// Chooses the plan for a convolution.
private func makeConvolutionPlan(
    _ descriptor: Convolution2DDescriptor, _ weight: Parameter, _ arithmetic: ProductArithmetic
) throws -> any ConvolutionPlan {
    if descriptor.isPointwise { return try PointwisePlan(descriptor, weight, arithmetic) }
    return try Im2ColPlan(descriptor, weight, arithmetic)
}
