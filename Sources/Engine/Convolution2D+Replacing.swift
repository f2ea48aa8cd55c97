import DiffusionTensors

extension Convolution2D {
    /// As `callAsFunction`, of an input whose last holder passes it on: where the plan allows, the output is written over
    /// it, packed at the front, and takes no fresh pages.
    package func replacing(_ input: consuming ConvolutionInput, in context: ComputeContext) throws -> Tensor {
        let size = descriptor.outputSize(height: input.height, width: input.width)
        let shape: Shape = [input.imageCount, size.height, size.width, descriptor.outputChannels]
        guard plan.value.writesBehindReading, input.channelCount == descriptor.inputChannels,
            let target = input.replaceableMemory(for: shape)
        else { return try self(input, in: context) }
        try run(input, over: target, shape, context)
        return input.replaced(by: shape)
    }

    private func run(
        _ input: ConvolutionInput, over target: SharedPointer<Float>, _ shape: Shape, _ context: ComputeContext
    ) throws {
        try context.measured(call(shape)) {
            try plan.value.run(
                ConvolutionCall(
                    descriptor: descriptor, input: input, reader: PixelReader(input), outputShape: shape,
                    target: target, biases: biases(), residual: nil, context: context))
        }
    }
}
