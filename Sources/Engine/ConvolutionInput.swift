import DiffusionBasics
import DiffusionTensors

/// What a convolution reads: feature maps beside each other by channels, normalised, activated and resized on the way.
///
/// None of these steps makes a feature map of its own where the plan can take its pixels through them as it reads.
package struct ConvolutionInput: Sendable {
    /// `[images, height, width, channels]`, of one size.
    private(set) var parts: [Tensor]
    private(set) var normalization: ChannelNormalization?
    /// After resizing to the nearest pixel.
    private(set) var height: Int
    private(set) var width: Int

    /// - Parameters: `[images, height, width, channels]` each, of one size; joined along the channels.
    package init(_ first: Tensor, joining second: Tensor? = nil) {
        parts = [first] + (second.map { [$0] } ?? [])
        let sizes = parts.map { $0.shape.dimensions.dropLast() }
        ensure(
            first.shape.rank == 4 && sizes.allSatisfy { $0 == sizes[0] },
            "joining feature maps of \(parts.map(\.shape))")
        (height, width) = (first.shape[1], first.shape[2])
    }

    package var imageCount: Int { parts[0].shape[0] }
    package var channelCount: Int { parts.reduce(0) { $0 + $1.shape[3] } }
    var shape: Shape { [imageCount, height, width, channelCount] }
    var isResized: Bool { (height, width) != (parts[0].shape[1], parts[0].shape[2]) }

    /// The tensor that this is, where there is nothing to do on the way.
    var plain: Tensor? { parts.count == 1 && normalization == nil && !isResized ? parts[0] : nil }

    /// The same, normalised (before it is resized).
    package func normalized(_ normalization: ChannelNormalization) -> ConvolutionInput {
        ensure(
            normalization.imageCount == imageCount && normalization.channelCount == channelCount,
            "a normalisation of \(normalization.imageCount)×\(normalization.channelCount) on \(shape)")
        var input = self
        input.normalization = normalization
        return input
    }

    /// The same with the nearest pixels at another size (`torch.nn.functional.interpolate(mode="nearest")`).
    package func resized(height: Int, width: Int) -> ConvolutionInput {
        ensure(self.height > 0 && self.width > 0, "up-sampling of \(shape)")
        var input = self
        (input.height, input.width) = (height, width)
        return input
    }

    /// Where the first part lies if nobody else holds it, so that products which are no longer than its pixels can be
    /// written over it, pixel after pixel, and the end of its memory be given back.
    mutating func replaceableMemory(for output: Shape) -> SharedPointer<Float>? {
        guard !isResized, output.last <= parts[0].shape.last, parts[0].canShrink(to: output) else { return nil }
        return withPointer(to: &parts[0]) { $0 }
    }

    /// What has been written over the first part.
    consuming func replaced(by output: Shape) -> Tensor {
        let first = parts.removeFirst()
        return (consume first).shrunk(to: output)
    }

    /// The pixels as a tensor, for plans that want one.
    func tensor(in context: ComputeContext) throws -> Tensor {
        if let plain { return plain }
        let reader = PixelReader(self)
        var output = try context.makeTensor(shape)
        try withExtendedLifetime(self) {
            try output.withUnsafeMutableScalars { scalars in
                guard let base = scalars.baseAddress else { return }
                let (target, kernels) = (SharedPointer(pointer: base), context.kernels)
                try context.run(imageCount * height) { task in
                    let (image, y) = task.quotientAndRemainder(dividingBy: reader.height)
                    reader.fill(
                        target + task * reader.rowLength, line: y, columns: 0..<reader.width, image: image, kernels)
                }
            }
        }
        return output
    }
}

/// What a normalisation amounts to for each image and channel, (x − center) · scale + shift, and the activation after it.
package struct ChannelNormalization: Sendable {
    /// `[images, 3, channels]`: centers, scales, shifts.
    package let factors: Tensor
    var activation: Activation?

    var imageCount: Int { factors.shape[0] }
    var channelCount: Int { factors.shape[2] }

    /// The same with another scale and shift after it: y · (1 + scale) + shift, each `[images, channels]`.
    package func scaled(by scales: Tensor, shiftedBy shifts: Tensor) -> ChannelNormalization {
        let channels = channelCount
        let (own, scales, shifts) = (factors.scalars, scales.scalars, shifts.scalars)
        let factors = Tensor(shape: factors.shape) { target in
            for index in target.indices {
                let (row, channel) = index.quotientAndRemainder(dividingBy: channels)
                let other = row / 3 * channels + channel
                switch row % 3 {
                case 0: target[index] = own[index]
                case 1: target[index] = own[index] * (1 + scales[other])
                default: target[index] = own[index] * (1 + scales[other]) + shifts[other]
                }
            }
        }
        return ChannelNormalization(factors: factors, activation: activation)
    }
}
