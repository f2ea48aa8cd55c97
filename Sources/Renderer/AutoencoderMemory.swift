import DiffusionEngine
import DiffusionTensors

extension PictureDecoder {
    /// Bytes of activations that decoding one image holds at its fullest moment, from above.
    /// - Parameters:
    ///   - height: of the latents.
    ///   - tiles: nil decodes the picture as a whole.
    package func activationByteCount(
        height: Int, width: Int, tiles: TilePlan?, _ arithmetic: ProductArithmetic, threadCount: Int
    ) -> Int {
        let stages = stages
        let memory = ActivationMemory(arithmetic: arithmetic, threadCount: threadCount, imageCount: 1)
        let size = ActivationMemory.Size(height: height, width: width)
        let first = stages.first?.width ?? 1
        let beginning = max(memory.transformer(first, size), memory.resnet(inputs: first, outputs: first, size))
        // The picture as floats, and as bytes.
        let picture = height * width * stages.scale * stages.scale * (2 * 12 + 3)
        guard let tiles else {
            return max(beginning, stages[...].activationByteCount(size, memory)) + picture
        }
        return max(beginning, TiledDecoding(stages, tiles).activationByteCount(size, memory)) + picture
    }
}

extension Collection<DecodingStage> {
    /// Of the fullest stage; what comes out of each is no more than it held.
    func activationByteCount(_ size: ActivationMemory.Size, _ memory: ActivationMemory) -> Int {
        var size = size
        return reduce(0) { most, stage in
            size = size.scaled(by: stage.scale)
            return Swift.max(most, stage.activationByteCount(size, memory))
        }
    }
}

extension DecodingStage {
    /// - Parameter size: behind the up-sampling.
    fileprivate func activationByteCount(_ size: ActivationMemory.Size, _ memory: ActivationMemory) -> Int {
        // A residual is the input, or lies in its memory beside no other; a direct convolution copies its input.
        let resnets = memory.resnet(inputs: inputWidth, outputs: outputWidth, size)
        guard scale > 1 else { return resnets }
        return max(resnets, memory.upsampling(inputWidth, from: size.divided(by: scale), to: size))
    }
}

extension TiledDecoding {
    /// - Parameter size: of the latents.
    fileprivate func activationByteCount(_ size: ActivationMemory.Size, _ memory: ActivationMemory) -> Int {
        let (whole, rest) = split(height: size.height, width: size.width)
        let features = size.scaled(by: whole.scale)
        let first = whole.activationByteCount(size, memory)
        guard !rest.isEmpty else { return first }
        let held = memory.map(whole.last?.width ?? 0, features)
        var samples = memory
        samples.imageCount = plan.sampleCount
        let hasNorms = rest.contains { $0.hasNorms }
        let measuring = hasNorms ? piece(rest, edge: plan.sampleEdge, of: features, samples) : 0
        return max(first, held + max(measuring, piece(rest, edge: plan.edge, of: features, memory)))
    }

    /// A tile through the stages, each time with as much around it as the following stages see.
    private func piece(
        _ stages: ArraySlice<DecodingStage>, edge: Int, of whole: ActivationMemory.Size, _ memory: ActivationMemory
    ) -> Int {
        var inside = max(1, edge / stages.scale)
        var whole = whole
        var most = 0
        for index in stages.indices {
            let side = (inside + 2 * stages[index...].halo) * stages[index].scale
            whole = whole.scaled(by: stages[index].scale)
            inside *= stages[index].scale
            let size = ActivationMemory.Size(height: min(whole.height, side), width: min(whole.width, side))
            most = max(most, stages[index].activationByteCount(size, memory))
        }
        return most
    }
}

extension ActivationMemory.Size {
    fileprivate func scaled(by scale: Int) -> ActivationMemory.Size {
        ActivationMemory.Size(height: height * scale, width: width * scale)
    }

    fileprivate func divided(by scale: Int) -> ActivationMemory.Size {
        ActivationMemory.Size(height: (height + scale - 1) / scale, width: (width + scale - 1) / scale)
    }
}

extension AutoencoderArchitecture {
    /// Bytes of activations that encoding a picture holds at its fullest moment, from above.
    /// - Parameter height: of the picture.
    package func encodingByteCount(
        height: Int, width: Int, _ arithmetic: ProductArithmetic, threadCount: Int
    ) -> Int {
        let memory = ActivationMemory(arithmetic: arithmetic, threadCount: threadCount, imageCount: 1)
        let widths =
            switch self {
            case .kl(let configuration): configuration.blockChannels
            case .tiny(let configuration): configuration.encoderBlocks.map { _ in configuration.width }
            }
        let levels = widths.enumerated().map { level, width in
            let size = ActivationMemory.Size(
                height: (height + (1 << level) - 1) >> level, width: (width + (1 << level) - 1) >> level)
            return max(
                memory.transformer(level == widths.count - 1 ? width : 0, size),
                memory.map(width, size) + memory.resnet(inputs: width, outputs: width, size))
        }
        return (levels.max() ?? 0) + height * width * 2 * 12
    }
}
