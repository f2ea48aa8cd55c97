import DiffusionBasics
import DiffusionEngine
import DiffusionTensors

extension RGBImage {
    /// The picture of a decoder's output: round(clamp(x / 2 + 0.5, 0, 1) · 255) as diffusers' `VaeImageProcessor`.
    /// - Parameter decoded: `[1, height, width, 3]`, about −1…1.
    package init(decoded: Tensor, in context: ComputeContext) throws {
        ensure(decoded.shape.rank == 4 && decoded.shape[0] == 1 && decoded.shape[3] == 3, "picture of \(decoded.shape)")
        try self.init(
            width: decoded.shape[2], height: decoded.shape[1], pixels: try bytes(ofPicture: decoded, in: context))
    }

    /// Whether all pixels are equal: most likely not what was wanted.
    package var isOfOneColor: Bool {
        let first = pixels.prefix(3)
        return stride(from: 0, to: pixels.count, by: 3).allSatisfy { pixels[$0..<$0 + 3].elementsEqual(first) }
    }
}
