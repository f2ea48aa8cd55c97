import DiffusionBasics
import DiffusionTensors
import Synchronization

/// Normalisation over groups of channels of each picture (Wu and He 2018; `torch.nn.GroupNorm`), NHWC, with an optional
/// SiLU after it.
///
/// Sums are taken in Double over blocks of pixels and added in order, so the result does not depend on the threads.
package struct GroupNorm: Sendable {
    package let groupCount: Int
    package let channelCount: Int
    private let epsilon: Double
    private let gamma: Loadable<[Float]>
    private let beta: Loadable<[Float]>

    /// Pixels of one block.
    private static let blockLength = 256

    /// - Parameters:
    ///   - scope: holds `weight` and `bias`, `[channels]`.
    ///   - groups: divides `channels`; configurations are checked where they are read.
    package init(_ scope: WeightScope, groups: Int, channels: Int, epsilon: Double) {
        ensure(groups > 0 && channels % groups == 0, "\(channels) channels in \(groups) groups")
        groupCount = groups
        channelCount = channels
        self.epsilon = epsilon
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
        let pixels = input.shape.elementCount / max(1, channelCount * input.shape[0])
        let blocks = Pieces(of: pixels, length: Self.blockLength)
        let images = input.shape[0]
        let factors = try factors(of: input, blocks, context)
        let (channels, kernels) = (channelCount, context.kernels)
        return try rewriting(input, in: context) { source, target in
            try context.run(images * blocks.count) { task in
                let (image, index) = task.quotientAndRemainder(dividingBy: blocks.count)
                let offset = (image * pixels + blocks[index].lowerBound) * channels
                kernels.functions.pointee.scale_shift_channels(
                    target + offset, source + offset, blocks[index].count, channels, channels, channels,
                    factors[image].center, factors[image].scale, factors[image].shift, silu ? 1 : 0)
            }
        }
    }

    /// What normalising one image amounts to, per channel: (x − center) · scale + shift.
    private struct Factors: Sendable {
        var center: [Float]
        var scale: [Float]
        var shift: [Float]
    }

    private func factors(of input: Tensor, _ blocks: Pieces, _ context: ComputeContext) throws -> [Factors] {
        guard let statistics = context.normStatistics else {
            return try (0..<input.shape[0]).map { try factors(of: input, image: $0, blocks, context) }
        }
        let given = try statistics.factors(for: input) { sample in
            let blocks = Pieces(of: sample.shape.elementCount / max(1, channelCount), length: Self.blockLength)
            let own = try factors(of: sample, image: 0, blocks, context)
            return own.center + own.scale + own.shift
        }
        let parts = (0..<3).map { Array(given[$0 * channelCount..<($0 + 1) * channelCount]) }
        let shared = Factors(center: parts[0], scale: parts[1], shift: parts[2])
        return Array(repeating: shared, count: input.shape[0])
    }

    private func factors(
        of input: Tensor, image: Int, _ blocks: Pieces, _ context: ComputeContext
    ) throws -> Factors {
        let functions = context.kernels
        let elementsPerGroup = Double(blocks.itemCount * (channelCount / groupCount))
        let sums = try channelTotals(of: input, image: image, blocks, context) { source, pixels, channels, out in
            functions.functions.pointee.channel_sums(source, pixels, channels, channels, out)
        }
        let means = groupTotals(sums).map { $0 / elementsPerGroup }
        // Centred on the mean rounded to Float, which is exact to subtract; the rest of it is made good below.
        let roundedMeans = means.map { Float($0) }
        let centers = perChannel(roundedMeans)
        let squares = try channelTotals(of: input, image: image, blocks, context) { source, pixels, channels, out in
            functions.functions.pointee.channel_square_deviations(
                source, pixels, channels, channels, centers, out)
        }
        let variances = zip(groupTotals(squares), zip(means, roundedMeans)).map { total, mean in
            max(0, total / elementsPerGroup - (mean.0 - Double(mean.1)) * (mean.0 - Double(mean.1)))
        }
        let rests = zip(means, roundedMeans).map { $0 - Double($1) }
        return affine(centers: centers, rests: perChannel(rests), variances: perChannel(variances))
    }

    private func affine(centers: [Float], rests: [Double], variances: [Double]) -> Factors {
        let scales = zip(gamma.value, variances).map { Double($0) / ($1 + epsilon).squareRoot() }
        let shifts = zip(beta.value, zip(rests, scales)).map { Double($0) - $1.0 * $1.1 }
        return Factors(center: centers, scale: scales.map { Float($0) }, shift: shifts.map { Float($0) })
    }

    private func perChannel<Value>(_ perGroup: [Value]) -> [Value] {
        perGroup.flatMap { Array(repeating: $0, count: channelCount / groupCount) }
    }

    private func groupTotals(_ perChannel: [Double]) -> [Double] {
        let size = channelCount / groupCount
        return (0..<groupCount).map { perChannel[$0 * size..<($0 + 1) * size].reduce(0, +) }
    }

    /// A sum over the pixels for each channel, block by block on the workers, added in the order of the blocks.
    private func channelTotals(
        of input: Tensor, image: Int, _ blocks: Pieces, _ context: ComputeContext,
        _ blockSums:
            @escaping @Sendable (UnsafePointer<Float>, Int, Int, UnsafeMutablePointer<Double>) -> Void
    ) throws -> [Double] {
        let channels = channelCount
        var partial = [Double](repeating: 0, count: blocks.count * channels)
        try partial.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            let out = SharedPointer(pointer: base)
            try withPointer(input) { source in
                try context.run(blocks.count) { index in
                    let offset = (image * blocks.itemCount + blocks[index].lowerBound) * channels
                    blockSums(source + offset, blocks[index].count, channels, out + index * channels)
                }
            }
        }
        var totals = [Double](repeating: 0, count: channels)
        for index in partial.indices { totals[index % channels] += partial[index] }
        return totals
    }
}
