import DiffusionTensors

/// A strided 3×3 convolution that halves the picture (diffusers `Downsample2D` with `use_conv`).
package struct Downsample2D: Sendable {
    private let conv: Convolution2D

    /// - Parameter padding: on all edges; 0 stands for one row below and one column to the right, as in diffusers.
    package init(_ scope: WeightScope, channels: Int, padding: Int) {
        let edges =
            padding == 0
            ? Convolution2DDescriptor.Padding(top: 0, bottom: 1, left: 0, right: 1)
            : Convolution2DDescriptor.Padding(padding)
        conv = Convolution2D(
            scope["conv"],
            .init(inputChannels: channels, outputChannels: channels, kernel: 3, stride: 2, padding: edges))
    }

    package func callAsFunction(_ input: Tensor, in context: ComputeContext) throws -> Tensor {
        try conv(input, in: context)
    }
}

/// Nearest up-sampling to a given size and a 3×3 convolution (diffusers `Upsample2D` with `use_conv`).
package struct Upsample2D: Sendable {
    private let conv: Convolution2D

    package init(_ scope: WeightScope, channels: Int) {
        conv = Convolution2D(
            scope["conv"].atLevel(-1),
            .init(inputChannels: channels, outputChannels: channels, kernel: 3, padding: .init(1)))
    }

    package func callAsFunction(
        _ input: consuming Tensor, height: Int, width: Int, in context: ComputeContext
    ) throws -> Tensor {
        try conv(ConvolutionInput(consume input).resized(height: height, width: width), in: context)
    }
}
