import DiffusionEngine
import DiffusionTensors

/// Three 3×3 convolutions beside a residual, ReLU behind the sum (diffusers `AutoencoderTinyBlock` of equal widths).
struct AutoencoderTinyBlock: Sendable {
    private let convolutions: [Convolution2D]
    private let activation: TinyAutoencoderConfiguration.Activation

    /// How far it sees.
    static let reach = 3

    init(_ scope: WeightScope, _ configuration: TinyAutoencoderConfiguration) {
        activation = configuration.activation
        // The places between hold the activations.
        convolutions = [0, 2, 4].map { Convolution2D(scope["conv"][$0], .tiny(configuration.width)) }
    }

    func callAsFunction(_ input: consuming Tensor, in context: ComputeContext) throws -> Tensor {
        var hidden = try convolutions[0](input, in: context)
        for convolution in convolutions.dropFirst() {
            hidden = try convolution(try activation(consume hidden, in: context), in: context)
        }
        return try relu(try add(consume hidden, input, in: context), in: context)
    }
}

extension Convolution2DDescriptor {
    /// 3×3, of the inside of a tiny autoencoder.
    static func tiny(_ width: Int, stride: Steps = 1) -> Convolution2DDescriptor {
        Convolution2DDescriptor(
            inputChannels: width, outputChannels: width, kernel: 3, stride: stride, padding: Padding(1))
    }
}
