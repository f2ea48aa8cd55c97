import DiffusionEngine

extension UNetConfiguration {
    /// Bytes of activations that one call holds at its fullest moment, from above.
    /// - Parameters:
    ///   - height: of the latents.
    ///   - keepsDeepFeatures: whether a run keeps them for its next calls.
    package func activationByteCount(
        height: Int, width: Int, keepsDeepFeatures: Bool = false, _ memory: ActivationMemory
    ) -> Int {
        var walk = UNetMemoryWalk(self, .init(height: height, width: width), memory)
        walk.goDown()
        walk.goThroughMiddle()
        walk.goUp()
        let kept = keepsDeepFeatures ? memory.map(2 * blockChannels[0], walk.sizes[0]) : 0
        return walk.peak + kept
    }

    /// Bytes that all layers together keep of one prompt's context between calls.
    package func contextByteCount(tokenCount: Int) -> Int {
        let layers = zip(transformerLayers, blockChannels).map { $0.reduce(0, +) * $1 }
        let upLayers = zip(upTransformerLayers, blockChannels.reversed()).map { $0.reduce(0, +) * $1 }
        let channels = layers.reduce(0, +) + upLayers.reduce(0, +) + (blockChannels.last ?? 0)
        // Keys and values, of 16 bits and padded to whole panels or of 32 bits.
        return channels * max(8 * tokenCount, 5 * ((tokenCount + 63) / 64 * 64)) + channels * 64
    }

    /// The sizes of the levels, the latents' own first.
    fileprivate func sizes(from first: ActivationMemory.Size) -> [ActivationMemory.Size] {
        blockChannels.indices.dropFirst().reduce(into: [first]) { sizes, _ in
            let last = sizes[sizes.count - 1]
            sizes.append(.init(height: (last.height + 1) / 2, width: (last.width + 1) / 2))
        }
    }
}

/// Goes through a U-Net as its blocks do, with the skips that are held at each place.
private struct UNetMemoryWalk {
    let sizes: [ActivationMemory.Size]
    private(set) var peak = 0
    private let configuration: UNetConfiguration
    private let memory: ActivationMemory
    /// Channels and level of every feature map that the way up will want.
    private var skips: [(channels: Int, level: Int)]

    init(_ configuration: UNetConfiguration, _ size: ActivationMemory.Size, _ memory: ActivationMemory) {
        (self.configuration, self.memory) = (configuration, memory)
        sizes = configuration.sizes(from: size)
        skips = [(configuration.blockChannels[0], 0)]
    }

    private mutating func note(_ byteCount: Int) {
        let held = skips.reduce(0) { $0 + memory.map($1.channels, sizes[$1.level]) }
        peak = max(peak, held + byteCount)
    }

    mutating func goDown() {
        for (level, channels) in configuration.blockChannels.enumerated() {
            for _ in 0..<configuration.layersPerBlock[level] {
                note(
                    memory.resnet(
                        inputs: skips[skips.count - 1].channels, outputs: channels, sizes[level], isInputHeld: true))
                if configuration.downBlocks[level] == .crossAttention {
                    note(memory.transformer(channels, sizes[level]))
                }
                skips.append((channels, level))
            }
            if level < configuration.blockChannels.count - 1 {
                note(memory.convolutionWorkspace(inputs: channels, outputs: channels, sizes[level]))
                skips.append((channels, level + 1))
            }
        }
    }

    mutating func goThroughMiddle() {
        let (level, channels) = (sizes.count - 1, configuration.blockChannels.last ?? 0)
        note(memory.resnet(inputs: channels, outputs: channels, sizes[level]))
        if configuration.midBlock == .crossAttention { note(memory.transformer(channels, sizes[level])) }
    }

    mutating func goUp() {
        var channels = configuration.blockChannels.last ?? 0
        for (index, level) in sizes.indices.reversed().enumerated() {
            let outputs = configuration.blockChannels[level]
            for _ in 0...configuration.layersPerBlock[level] {
                let skip = skips.popLast()?.channels ?? 0
                note(memory.resnet(inputs: channels + skip, outputs: outputs, sizes[level]))
                if configuration.upBlocks[index] == .crossAttention { note(memory.transformer(outputs, sizes[level])) }
                channels = outputs
            }
            if level > 0 { note(memory.upsampling(outputs, from: sizes[level], to: sizes[level - 1])) }
        }
        note(memory.map(channels, sizes[0]) + memory.convolutionWorkspace(inputs: channels, outputs: 4, sizes[0]))
    }
}
