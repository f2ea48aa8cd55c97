import DiffusionTensors

/// A 1×1 convolution: one product of the pixels with the weights, nothing moved.
struct PointwisePlan: ConvolutionPlan {
    private let matrix: any PackedMatrix

    init(_ descriptor: Convolution2DDescriptor, _ weight: Parameter, _ arithmetic: ProductArithmetic) throws {
        matrix = try arithmetic.packed(
            MatrixParameter(weight, outputCount: descriptor.outputChannels, inputCount: descriptor.inputChannels))
    }

    func run(_ input: Tensor, into output: inout Tensor, bias: [Float]?, _ context: ComputeContext) throws {
        let rows = try PreparedTensor(input, for: matrix.arithmetic, in: context)
        let product = RowProduct(matrix: matrix, bias: bias, images: input.shape[0])
        try withPointer(to: &output) { try product.run(rows, into: $0, context) }
    }
}
