import DiffusionBasics
import DiffusionTensors

/// A convolution layer: a descriptor, the plan chosen for it, and its weights (`torch.nn.Conv2d`, activations NHWC).
package struct Convolution2D: Sendable {
    package let descriptor: Convolution2DDescriptor
    private let name: String
    private let arithmetic: ProductArithmetic
    let plan: Loadable<any ConvolutionPlan>
    private let bias: Loadable<[Float]>?

    /// - Parameter scope: holds `weight` (OIHW) and, if `hasBias`, `bias`.
    package init(_ scope: WeightScope, _ descriptor: Convolution2DDescriptor, hasBias: Bool = true) {
        self.descriptor = descriptor
        (name, arithmetic) = (scope.path, scope.arithmetic)
        let weight = scope.parameter("weight", shape: descriptor.weightShape)
        let method = scope.convolutionMethod(for: descriptor)
        let path = scope.instructionPath
        plan = scope.loadable { [arithmetic] in
            try makeConvolutionPlan(method(), descriptor, weight, arithmetic, for: path)
        }
        let biasParameter = hasBias ? scope.parameter("bias", shape: [descriptor.outputChannels]) : nil
        bias = biasParameter.map { parameter in scope.loadable { try parameter.scalars() } }
    }

    /// How the loaded layer is computed.
    package var method: ConvolutionMethod { plan.value.method }

    /// - Parameter input: `[images, height, width, input channels]`.
    /// - Returns: `[images, output height, output width, output channels]`.
    package func callAsFunction(_ input: Tensor, in context: ComputeContext) throws -> Tensor {
        try self(ConvolutionInput(input), in: context)
    }

    /// As above, of an input that is brought together on the way, and with more than the bias added.
    /// - Parameters:
    ///   - vectors: a number per image and output channel, such as a time embedding.
    ///   - residual: of the output's shape. Its memory becomes the output's where nobody else holds it.
    package func callAsFunction(
        _ input: ConvolutionInput, adding vectors: Tensor? = nil, residual: consuming Tensor? = nil,
        in context: ComputeContext
    ) throws -> Tensor {
        ensure(
            input.channelCount == descriptor.inputChannels,
            "convolution of \(descriptor.inputChannels) channels on \(input.shape)")
        let size = descriptor.outputSize(height: input.height, width: input.width)
        ensure(size.height > 0 && size.width > 0, "the kernel of \(descriptor) is larger than \(input.shape)")
        let shape: Shape = [input.imageCount, size.height, size.width, descriptor.outputChannels]
        let biases = biases(adding: vectors)
        guard var residual = consume residual else {
            var output = try context.makeTensor(shape)
            try run(input, into: &output, biases, residual: nil, context)
            return output
        }
        ensure(residual.shape == shape, "a residual of \(residual.shape) beside \(shape)")
        if residual.isUniquelyHeld() {
            try run(input, into: &residual, biases, isResidual: true, context)
            return residual
        }
        var output = try context.makeTensor(shape)
        try run(input, into: &output, biases, residual: residual, context)
        return output
    }
}

extension Convolution2D {
    /// The bias with a vector per image added.
    func biases(adding vectors: Tensor? = nil) -> [[Float]] {
        guard let vectors else { return bias.map { [$0.value] } ?? [] }
        let width = descriptor.outputChannels
        let (all, own) = (vectors.scalars, bias?.value ?? Array(repeating: 0, count: width))
        return (0..<vectors.shape[0]).map { image in zip(own, all[image * width..<(image + 1) * width]).map(+) }
    }

    /// - Parameter isResidual: whether the output holds the residual already.
    private func run(
        _ input: ConvolutionInput, into output: inout Tensor, _ biases: [[Float]], residual: Tensor? = nil,
        isResidual: Bool = false, _ context: ComputeContext
    ) throws {
        let shape = output.shape
        try context.measured(call(shape)) {
            try output.withUnsafeMutableScalars { scalars in
                guard let base = scalars.baseAddress else { return }
                let other = isResidual ? SharedConstPointer(pointer: base) : residual.map { withPointer($0) { $0 } }
                try plan.value.run(
                    ConvolutionCall(
                        descriptor: descriptor, input: input, reader: PixelReader(input), outputShape: shape,
                        target: SharedPointer(pointer: base), biases: biases, residual: other, context: context))
            }
        }
        withExtendedLifetime((input, residual)) {}
    }

    func call(_ output: Shape) -> LayerCall {
        let (height, width) = (descriptor.kernelHeight, descriptor.kernelWidth)
        let steps = descriptor.stride == 1 ? "" : " stride \(descriptor.stride.vertical)"
        let products = output.elementCount * descriptor.kernelPositions * descriptor.inputChannelsPerGroup
        return LayerCall(
            name: name, kind: "convolution \(height)x\(width)\(steps)",
            plan: "\(method.rawValue) \(method.isWinograd ? arithmetic.delicate : arithmetic)",
            shape: "\(descriptor.inputChannels) to \(output)", operations: 2 * Double(products),
            byteCount: ConvolutionCost.byteCount(descriptor, method, arithmetic))
    }
}

/// A way to compute one convolution, with its weights packed for it.
protocol ConvolutionPlan: Sendable {
    var method: ConvolutionMethod { get }

    /// Whether the output of a pixel may be written where pixels before it lay, or where it lay itself.
    var writesBehindReading: Bool { get }

    /// Writes the whole output.
    func run(_ call: ConvolutionCall) throws
}

extension ConvolutionPlan {
    var writesBehindReading: Bool { false }
}

/// Packs a weight for a method.
private func makeConvolutionPlan(
    _ method: ConvolutionMethod, _ descriptor: Convolution2DDescriptor, _ weight: Parameter,
    _ arithmetic: ProductArithmetic, for path: InstructionPath
) throws -> any ConvolutionPlan {
    switch method {
    case .pointwise: try PointwisePlan(descriptor, weight, arithmetic, for: path)
    case .direct: try Im2ColPlan(descriptor, weight, arithmetic, for: path)
    case .winograd, .frugalWinograd: try WinogradPlan(method, descriptor, weight, arithmetic, for: path)
    }
}
