import DiffusionEngine
import DiffusionRenderer
import DiffusionTensors
import Foundation
import TestSupport
import Testing

/// Decoding in tiles beside decoding as a whole.
@Suite(.serialized) struct TiledDecodingTests {
    /// Where the one sample is the picture itself, nothing is estimated: tiles of any size are the whole picture's.
    @Test(arguments: try Fixture.names(in: "vae")) func tilesAreExactWithTheWholePicturesStatistics(
        _ name: String
    ) throws {
        let context = try ComputeContext(threadCount: 2)
        let decoder = try loadDecoder(name, in: context)
        let latents = Tensor.random([1, decoder.latentChannels, 11, 19], seed: 4)
        let whole = try decoder.decode(latents, in: context)
        for edge in [5, 8, 24, 30, 10_000] {
            let plan = TilePlan(edge: edge, wholeByteCount: 0, sampleCount: 1, sampleEdge: 10_000)
            let tiled = try decoder.decode(latents, tiles: plan, in: context)
            #expect(differences(tiled, from: whole, tolerance: 3e-5, name: "\(name) \(edge)") == nil)
        }
    }

    @Test func stagesThatFitAreComputedForTheWholePicture() throws {
        let context = try ComputeContext(threadCount: 2)
        let decoder = try loadDecoder("vae/sd_like", in: context)
        let latents = Tensor.random([1, 4, 24, 40], seed: 5)
        let whole = try decoder.decode(latents, in: context)
        func plan(_ byteCount: Int) -> TilePlan {
            TilePlan(edge: 64, wholeByteCount: byteCount, sampleCount: 6, sampleEdge: 16)
        }
        let everything = try decoder.decode(latents, tiles: plan(1 << 30), in: context)
        #expect(firstDifferentBit(everything, whole) == nil)
        let half = try decoder.decode(latents, tiles: plan(24 * 40 * 16 * 16 * 12), in: context)
        let nothing = try decoder.decode(latents, tiles: plan(0), in: context)
        #expect(firstDifferentBit(half, whole) != nil && firstDifferentBit(half, nothing) != nil)
        #expect(psnr(half, whole) > psnr(nothing, whole))
    }

    /// Errors are those of the statistics, the same on both sides of a tile's edge.
    @Test(arguments: [256, 96, 40]) func thereIsNoSeam(_ edge: Int) throws {
        let context = try ComputeContext(threadCount: 2)
        let decoder = try loadDecoder("vae/sd_like", in: context)
        let latents = Tensor.random([1, 4, 40, 56], seed: 6)
        let whole = try decoder.decode(latents, in: context)
        let plan = TilePlan(edge: edge, wholeByteCount: 0, sampleCount: 12, sampleEdge: 32)
        let tiled = try decoder.decode(latents, tiles: plan, in: context)
        #expect(psnr(tiled, whole) > 32)
        let steps = errorSteps(tiled - whole, everyColumn: 448 / ((448 + edge - 1) / edge))
        #expect(steps.atEdges > 0 && steps.atEdges < 1.3 * steps.elsewhere, "\(steps)")
    }

    @Test func threadsAndNeighboursInABatchDoNotMatter() throws {
        let plan = TilePlan(edge: 48, wholeByteCount: 0, sampleCount: 5, sampleEdge: 16)
        let latents = Tensor.random([2, 4, 13, 22], seed: 7)
        let context = try ComputeContext(threadCount: 1)
        let together = try loadDecoder("vae/sd_like", in: context).decode(latents, tiles: plan, in: context)
        for threadCount in [2, 3] {
            let context = try ComputeContext(threadCount: threadCount)
            let decoder = try loadDecoder("vae/sd_like", in: context)
            let second = try decoder.decode(latents.slice(1..<2), tiles: plan, in: context)
            #expect(firstDifferentBit(second, together.slice(1..<2)) == nil)
        }
    }

    @Test func cancellationEndsIt() throws {
        let context = try ComputeContext(threadCount: 2)
        let decoder = try loadDecoder("vae/sd_like", in: context)
        let cancelled = context.separatelyCancelled()
        cancelled.cancel()
        #expect(throws: CancellationError.self) {
            try decoder.decode(.random([1, 4, 13, 22], seed: 7), tiles: TilePlan(), in: cancelled)
        }
    }

    private func loadDecoder(_ name: String, in context: ComputeContext) throws -> any PictureDecoder {
        let fixture = Fixture(name)
        let store = try fixture.weights(
            "diffusion_pytorch_model.safetensors", rules: .autoencoder, optional: ["encoder", "quant_conv"])
        let scope = WeightScope(store)
        let decoder = try AutoencoderArchitecture(fixture.configuration()).makeDecoder(scope)
        try context.load(scope.loads)
        return decoder
    }

    /// Of values of −1…1.
    private func psnr(_ tensor: Tensor, _ reference: Tensor) -> Double {
        let squares = (tensor - reference).scalars.reduce(0.0) { $0 + Double($1) * Double($1) }
        return 10 * log10(4 / (squares / Double(reference.shape.elementCount)))
    }

    /// The mean absolute step of an error from one pixel to the next on its right, where a tile ends and anywhere else.
    private func errorSteps(_ error: Tensor, everyColumn edge: Int) -> (atEdges: Double, elsewhere: Double) {
        let (width, channels, scalars) = (error.shape[2], error.shape[3], error.scalars)
        var (sums, counts) = ([0.0, 0.0], [0, 0])
        for index in scalars.indices.dropLast(channels) {
            let column = index / channels % width
            guard column < width - 1 else { continue }
            let kind = (column + 1) % edge == 0 ? 0 : 1
            sums[kind] += abs(Double(scalars[index + channels]) - Double(scalars[index]))
            counts[kind] += 1
        }
        return (sums[0] / Double(max(1, counts[0])), sums[1] / Double(max(1, counts[1])))
    }
}
