import Diffusion
import DiffusionRenderer
import DiffusionTensors
import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct LatentPreviewTests {
    /// A preview is like the picture, made small: nearer to it than to another one, and than to one grey.
    @Test func aPreviewIsLikeThePicture() async throws {
        let pipeline = try await DiffusionPipeline(.embedded)
        let preview = try await pipeline.makePreview()
        var small: [[Double]] = []
        var shown: [[Double]] = []
        for (prompt, seed) in [("sunflower", 3), ("blue heart", 4)] {
            var request = GenerationRequest(prompt: prompt)
            (request.steps, request.seed) = (8, UInt64(seed))
            let image = try #require(try await pipeline.images(request).first)
            let look = try preview.image(of: image.latents)
            #expect(look.width == image.image.width / pipeline.model.sizeFactor)
            small.append(Self.values(try image.image.resized(width: look.width, height: look.height)))
            shown.append(Self.values(look))
        }
        for index in 0..<2 {
            let own = Self.correlation(shown[index], small[index])
            #expect(own > 0.7)
            #expect(own > Self.correlation(shown[index], small[1 - index]))
        }
    }

    @Test func latentsOfAnotherModelAreRefused() async throws {
        let pipeline = try await DiffusionPipeline(.path(Fixture("pipeline/zero_snr_trailing").path))
        let preview = try await pipeline.makePreview()
        #expect(try preview.image(of: Tensor(zeros: [1, 8, 3, 5])).width == 5)
        #expect(throws: RequestError.self) { try preview.image(of: Tensor(zeros: [1, 4, 3, 5])) }
        #expect(throws: RequestError.self) { try preview.image(of: Tensor(zeros: [2, 8, 3, 5])) }
    }

    private static func values(_ image: RGBImage) -> [Double] { image.pixels.map(Double.init) }

    private static func correlation(_ a: [Double], _ b: [Double]) -> Double {
        func centered(_ values: [Double]) -> [Double] {
            let mean = values.reduce(0, +) / Double(values.count)
            return values.map { $0 - mean }
        }
        let (x, y) = (centered(a), centered(b))
        func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
        return product(x, y) / (product(x, x) * product(y, y)).squareRoot()
    }
}
