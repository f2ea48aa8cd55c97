import DiffusionBasics
import DiffusionTensors

/// Normalisation over groups of channels of each picture (Wu and He 2018; `torch.nn.GroupNorm`), NHWC.
///
/// Moments are taken in Double over blocks of pixels and joined in order, so the result does not depend on the threads.
package struct GroupNorm: Sendable {
    package let groupCount: Int
    package let channelCount: Int
    private let name: String
    private let epsilon: Double
    private let gamma: Loadable<[Float]>
    private let beta: Loadable<[Float]>

    /// Pixels of one piece of work.
    private static let pieceLength = 256

    /// - Parameters:
    ///   - scope: holds `weight` and `bias`, `[channels]`.
    ///   - groups: divides `channels`; configurations are checked where they are read.
    package init(_ scope: WeightScope, groups: Int, channels: Int, epsilon: Double) {
        ensure(groups > 0 && channels % groups == 0, "\(channels) channels in \(groups) groups")
        groupCount = groups
        channelCount = channels
        self.epsilon = epsilon
        name = scope.path
        let (weight, bias) = (
            scope.parameter("weight", shape: [channels]), scope.parameter("bias", shape: [channels])
        )
        gamma = scope.loadable { try weight.scalars() }
        beta = scope.loadable { try bias.scalars() }
    }

    /// Takes the input's memory if nobody else holds it.
    /// - Parameter input: `[images, …, channels]`.
    package func callAsFunction(
        _ input: consuming Tensor, silu: Bool = false, in context: ComputeContext
    ) throws -> Tensor {
        ensure(input.shape.last == channelCount, "group norm of \(channelCount) channels on \(input.shape)")
        let factors = try factors(of: [copy input], context)
        let (images, channels, kernels) = (input.shape[0], channelCount, context.kernels)
        let pixels = Pieces(
            of: input.shape.elementCount / max(1, channels * images), length: Self.pieceLength)
        let shape = input.shape
        return try rewriting(input, in: context) { source, target in
            try withPointer(factors) { factors in
                try context.measured(call("group norm", "\(shape)")) {
                    try context.run(images * pixels.count) { task in
                        let (image, index) = task.quotientAndRemainder(dividingBy: pixels.count)
                        let offset = (image * pixels.itemCount + pixels[index].lowerBound) * channels
                        let own = factors + image * 3 * channels
                        kernels.functions.pointee.scale_shift_channels(
                            target + offset, source + offset, pixels[index].count, channels, channels, channels,
                            own, own + channels, own + 2 * channels, silu ? 1 : 0)
                    }
                }
            }
        }
    }

    /// What normalising feature maps that lie beside each other by channels amounts to; they are read, not written.
    package func normalization(
        of input: ConvolutionInput, activation: Activation?, in context: ComputeContext
    ) throws -> ChannelNormalization {
        ensure(input.channelCount == channelCount, "group norm of \(channelCount) channels on \(input.shape)")
        return ChannelNormalization(factors: try factors(of: input.parts, context), activation: activation)
    }
}

extension GroupNorm {
    /// `[images, 3, channels]`: center, scale and shift of each image and channel.
    private func factors(of parts: [Tensor], _ context: ComputeContext) throws -> Tensor {
        guard let statistics = context.normStatistics else { return try ownFactors(of: parts, context) }
        ensure(parts.count == 1, "statistics of samples for joined feature maps")
        let given = try statistics.factors(for: parts[0]) { try ownFactors(of: [$0], context).scalars }
        let images = parts[0].shape[0]
        return Tensor(shape: [images, 3, channelCount], scalars: (0..<images).flatMap { _ in given })
    }

    /// From the moments of each image.
    private func ownFactors(of parts: [Tensor], _ context: ComputeContext) throws -> Tensor {
        let moments = try context.measured(
            call("group norm moments", parts.map { "\($0.shape)" }.joined(separator: " + "))
        ) { try parts.map { try ChannelMoments(of: $0, in: context) } }
        return Tensor(shape: [parts[0].shape[0], 3, channelCount]) { target in
            for image in 0..<parts[0].shape[0] {
                let (means, squares) = channels(of: moments, image: image)
                for group in 0..<groupCount {
                    fill(target, image: image, group: group, means, squares, pixelCount: moments[0].pixelCount)
                }
            }
        }
    }

    private func call(_ kind: String, _ shape: String) -> LayerCall {
        LayerCall(name: name, kind: kind, plan: "", shape: shape)
    }

    /// Means and squared deviations of all channels of an image, the parts' one after the other.
    private func channels(of moments: [ChannelMoments], image: Int) -> ([Double], [Double]) {
        func own(_ values: [Double], _ moments: ChannelMoments) -> ArraySlice<Double> {
            let count = moments.channelCount
            return values[image * count..<(image + 1) * count]
        }
        return (moments.flatMap { own($0.means, $0) }, moments.flatMap { own($0.squareDeviations, $0) })
    }

    private func fill(
        _ target: UnsafeMutableBufferPointer<Float>, image: Int, group: Int, _ means: [Double], _ squares: [Double],
        pixelCount: Int
    ) {
        let size = channelCount / groupCount
        let channels = group * size..<(group + 1) * size
        let mean = channels.reduce(0) { $0 + means[$1] } / Double(size)
        let square = channels.reduce(0) {
            $0 + squares[$1] + Double(pixelCount) * (means[$1] - mean) * (means[$1] - mean)
        }
        let deviation = (square / Double(size * pixelCount) + epsilon).squareRoot()
        // Centred on the mean rounded to Float, which is exact to subtract; the shift makes the rest of it good.
        let center = Float(mean)
        for channel in channels {
            let (scale, place) = (Double(gamma.value[channel]) / deviation, image * 3 * channelCount + channel)
            target[place] = center
            target[place + channelCount] = Float(scale)
            target[place + 2 * channelCount] = Float(Double(beta.value[channel]) - (mean - Double(center)) * scale)
        }
    }
}
