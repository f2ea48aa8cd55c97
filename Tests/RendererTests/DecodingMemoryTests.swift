import DiffusionEngine
import DiffusionRenderer
import DiffusionTensors
import TestSupport
import Testing

/// What decoding is said to hold beside what the buffer pool has seen.
@Suite(.serialized) struct DecodingMemoryTests {
    /// Latents from a few pixels to maps of several mapped megabytes, whose shortcuts are written over their inputs.
    @Test(arguments: try Fixture.names(in: "vae"), [(7, 9), (40, 33), (72, 80)])
    func theEstimateCoversWhatIsHeld(_ name: String, _ size: (height: Int, width: Int)) throws {
        for (arithmetic, threadCount) in [(ProductArithmetic.float32, 2), (.fixed16, 1), (.fixed16, 3)] {
            try check(name, size, tiles: nil, arithmetic, threadCount: threadCount)
        }
    }

    @Test(
        arguments: try Fixture.names(in: "vae"),
        [
            TilePlan(edge: 96, wholeByteCount: 0, sampleCount: 9, sampleEdge: 32),
            TilePlan(edge: 64, wholeByteCount: 8 << 20, sampleCount: 36, sampleEdge: 64),
        ])
    func itCoversTilesToo(_ name: String, _ tiles: TilePlan) throws {
        for (arithmetic, threadCount) in [(ProductArithmetic.float32, 2), (.fixed16, 3)] {
            try check(name, (72, 80), tiles: tiles, arithmetic, threadCount: threadCount)
        }
    }

    private func check(
        _ name: String, _ size: (height: Int, width: Int), tiles: TilePlan?, _ arithmetic: ProductArithmetic,
        threadCount: Int
    ) throws {
        let context = try ComputeContext(threadCount: threadCount)
        let decoder = try loadKLDecoder(Fixture(name), arithmetic: arithmetic, in: context)
        let latents = Tensor.random([1, decoder.latentChannels, size.height, size.width], seed: 3)
        _ = try decoder.decode(latents, tiles: tiles, in: context)
        let held = context.buffers.peakBytes
        let estimate = decoder.activationByteCount(
            height: size.height, width: size.width, tiles: tiles, arithmetic, threadCount: threadCount)
        #expect(held <= estimate, "\(name), \(arithmetic)")
        // Allowances for workspaces of threads and for shortcuts are large beside such small maps.
        #expect(estimate <= 3 * held + (12 + 2 * threadCount) << 20, "\(name), \(arithmetic): \(held)")
    }
}
