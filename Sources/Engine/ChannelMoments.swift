import DiffusionTensors

/// Sums of each channel over the pixels of each image of a tensor, read once: block by block in cache, first the sums,
/// then the squared deviations from the block's own means; joined exactly enough in Double (Chan, Golub and LeVeque 1979).
///
/// Blocks depend on the size of one image only, so the result does not depend on the threads or the batch.
struct ChannelMoments {
    let pixelCount: Int
    let channelCount: Int
    /// `[images × channels]`
    private(set) var means: [Double]
    /// Σ (x − mean)², `[images × channels]`.
    private(set) var squareDeviations: [Double]

    /// Floats of one block: they stay in a core's second-level cache for the second reading.
    private static let blockLength = 1 << 16

    /// - Parameter input: `[images, …, channels]`.
    init(of input: Tensor, in context: ComputeContext) throws {
        let (images, channels) = (input.shape[0], input.shape.last)
        channelCount = channels
        pixelCount = input.shape.elementCount / max(1, images * channels)
        // Runs of 8 pixels are summed at a time.
        let blocks = Pieces(of: pixelCount, length: max(1, Self.blockLength / max(1, 8 * channels)) * 8)
        means = Array(repeating: 0, count: images * channels)
        squareDeviations = means
        let partial = BlockMoments(count: images * blocks.count, channelCount: channels)
        try partial.fill(from: input, blocks, context)
        for image in 0..<images { join(partial, image: image, blocks) }
    }

    private mutating func join(_ partial: BlockMoments, image: Int, _ blocks: Pieces) {
        let channels = partial.channelCount
        for index in 0..<blocks.count {
            let block = (image * blocks.count + index) * channels
            for channel in 0..<channels { means[image * channels + channel] += partial.sums[block + channel] }
        }
        for channel in image * channels..<(image + 1) * channels { means[channel] /= Double(pixelCount) }
        for index in 0..<blocks.count {
            let (block, count) = ((image * blocks.count + index) * channels, Double(blocks[index].count))
            for channel in 0..<channels {
                let (place, own) = (image * channels + channel, block + channel)
                let center = Double(partial.centers[own])
                let shift = center - means[place]
                let rest = partial.sums[own] - count * center
                squareDeviations[place] += partial.squares[own] + shift * (2 * rest + count * shift)
            }
        }
    }
}

/// What the blocks of all images gave, channel by channel.
private final class BlockMoments: @unchecked Sendable {
    // Unchecked: workers write to the parts of different blocks.
    let channelCount: Int
    let sums: UnsafeMutablePointer<Double>
    /// Σ (x − center)²
    let squares: UnsafeMutablePointer<Double>
    /// The block's means, rounded to Float: exact to subtract.
    let centers: UnsafeMutablePointer<Float>

    init(count: Int, channelCount: Int) {
        self.channelCount = channelCount
        sums = .allocate(capacity: count * channelCount)
        squares = .allocate(capacity: count * channelCount)
        centers = .allocate(capacity: count * channelCount)
    }

    deinit {
        sums.deallocate()
        squares.deallocate()
        centers.deallocate()
    }

    func fill(from input: Tensor, _ blocks: Pieces, _ context: ComputeContext) throws {
        let (channels, kernels) = (channelCount, context.kernels)
        try withPointer(input) { source in
            try context.run(input.shape[0] * blocks.count) { [self] task in
                let (image, index) = task.quotientAndRemainder(dividingBy: blocks.count)
                let (block, own) = (blocks[index], task * channels)
                let pixels = source + (image * blocks.itemCount + block.lowerBound) * channels
                kernels.functions.pointee.channel_sums(pixels, block.count, channels, channels, sums + own)
                for channel in own..<own + channels { centers[channel] = Float(sums[channel] / Double(block.count)) }
                kernels.functions.pointee.channel_square_deviations(
                    pixels, block.count, channels, channels, centers + own, squares + own)
            }
        }
    }
}
