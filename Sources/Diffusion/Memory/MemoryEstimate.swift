import DiffusionBasics

/// What a request takes of memory, estimated from above before any weights are read.
public struct MemoryEstimate: Sendable, Hashable {
    /// The process's largest resident size where it has no limit, in bytes.
    public var unlimitedByteCount: Int
    /// The smallest limit under which it works, in bytes: a whole number of megabytes.
    public var smallestByteCount: Int

    /// What both together take if one follows the other.
    func joined(_ other: MemoryEstimate) -> MemoryEstimate {
        MemoryEstimate(
            unlimitedByteCount: max(unlimitedByteCount, other.unlimitedByteCount),
            smallestByteCount: max(smallestByteCount, other.smallestByteCount))
    }
}

extension DiffusionModel {
    /// What rendering `request` takes of memory; its pictures follow one after another.
    /// - Parameter options: of them the precision, the threads and whether the text encoder stays count.
    public func memoryEstimate(
        for request: ResolvedRequest, options: PipelineOptions = PipelineOptions()
    ) -> MemoryEstimate {
        ModelMemory(self, options.precision).estimate(for: RenderShape(request, self), options)
    }

    /// - Throws: `MemoryLimitError` where the request has no room within `options.memoryLimit`.
    public func checkMemory(for request: ResolvedRequest, options: PipelineOptions) throws {
        guard options.memoryLimit != nil else { return }
        try ModelMemory(self, options.precision).check(RenderShape(request, self), options)
    }
}

/// One stage of a render.
private struct MemoryStage {
    var activations: Int
    /// What computes.
    var network: NetworkSize
}

extension ModelMemory {
    /// - Throws: `MemoryLimitError`.
    func check(_ shape: RenderShape, _ options: PipelineOptions) throws {
        guard let limit = options.memoryLimit else { return }
        guard !fits(shape, within: limit, inTiles: shape.decodesInTiles, options.threadCount) else { return }
        let estimate = estimate(for: shape, options)
        throw MemoryLimitError(
            subject: "A picture of \(shape.width)x\(shape.height)", unlimitedByteCount: estimate.unlimitedByteCount,
            smallestByteCount: estimate.smallestByteCount, limit: limit, limitName: "the limit")
    }

    func estimate(for shape: RenderShape, _ options: PipelineOptions) -> MemoryEstimate {
        MemoryEstimate(
            unlimitedByteCount: unlimited(shape, options), smallestByteCount: smallest(shape, options.threadCount))
    }

    /// Everything at once, as it is without a limit.
    private func unlimited(_ shape: RenderShape, _ options: PipelineOptions) -> Int {
        let networks = fastest
        let inTiles = decodesInTiles(shape.tiling, width: shape.width, height: shape.height, limit: nil)
        let stages = stages(of: shape, networks, rows: shape.rows, inTiles: inTiles, options.threadCount)
        let encoder = shape.encodesPicture ? networks.encoder.total : 0
        let loaded = networks.unet.total + networks.decoder.total + encoder
        // While all is read and packed, and while a prompt is encoded, the text encoder is there.
        let beginning = textEncoder.total + max(prompt, networks.unet.scratch(threadCount: options.threadCount))
        let working = (options.keepsTextEncoder ? textEncoder.total : 0) + (stages.map(\.activations).max() ?? 0)
        return Self.processByteCount(threadCount: options.threadCount) + loaded + max(beginning, working)
    }

    /// Found by trying, for a limit decides on plans and tiles.
    private func smallest(_ shape: RenderShape, _ threadCount: Int) -> Int {
        func fits(_ megabytes: Int) -> Bool {
            let limit = megabytes * 1_000_000
            let inTiles = decodesInTiles(shape.tiling, width: shape.width, height: shape.height, limit: limit)
            return self.fits(shape, within: limit, inTiles: inTiles, threadCount)
        }
        // Of 2^30 megabytes and less.
        var (low, high) = (0, 64)
        while !fits(high), high < 1 << 30 { (low, high) = (high, 2 * high) }
        while high - low > 1 {
            let middle = (low + high) / 2
            if fits(middle) { high = middle } else { low = middle }
        }
        return high * 1_000_000
    }

    /// Whether each stage has room in a process with that limit, one after the other.
    private func fits(_ shape: RenderShape, within limit: Int, inTiles: Bool, _ threadCount: Int) -> Bool {
        let networks = networks(within: limit)
        let stages = stages(of: shape, networks, rows: shape.smallestRows, inTiles: inTiles, threadCount)
        return stages.allSatisfy { need($0, networks, threadCount) <= Self.usable(limit) }
    }

    /// The least that a stage takes: what stays, its activations, and one group of its network at a time.
    private func need(_ stage: MemoryStage, _ networks: Networks, _ threadCount: Int) -> Int {
        Self.processByteCount(threadCount: threadCount) + rest(networks) + stage.activations
            + stage.network.scratch(threadCount: threadCount) + stage.network.largestGroup
    }

    /// - Parameter rows: of one U-Net call.
    private func stages(
        of shape: RenderShape, _ networks: Networks, rows: Int, inTiles: Bool, _ threadCount: Int
    ) -> [MemoryStage] {
        let (width, height) = (shape.width, shape.height)
        let denoising =
            denoising(
                rows: rows, width: width, height: height, keepsDeepFeatures: shape.keepsDeepFeatures,
                threadCount: threadCount) + contexts(promptCount: shape.rows)
        let encoding = encoding(width: width, height: height, threadCount: threadCount)
        let decoding = decoding(width: width, height: height, inTiles: inTiles, threadCount: threadCount)
        return [
            MemoryStage(activations: prompt, network: textEncoder),
            MemoryStage(activations: denoising, network: networks.unet),
            MemoryStage(activations: decoding, network: networks.decoder),
        ] + (shape.encodesPicture ? [MemoryStage(activations: encoding, network: networks.encoder)] : [])
    }
}
