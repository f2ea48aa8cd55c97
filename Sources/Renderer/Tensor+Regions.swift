import DiffusionBasics
import DiffusionEngine
import DiffusionTensors

/// A rectangle of pixels.
struct PixelRegion: Equatable {
    var rows: Range<Int>
    var columns: Range<Int>
}

extension Tensor {
    /// A rectangle of every image of a feature map `[images, height, width, channels]`.
    func cropped(to region: PixelRegion, in context: ComputeContext) throws -> Tensor {
        if region.rows == 0..<shape[1], region.columns == 0..<shape[2] { return self }
        let channels = shape[3]
        var result = try context.makeTensor([shape[0], region.rows.count, region.columns.count, channels])
        let length = region.columns.count * channels
        withUnsafeScalars { source in
            result.withUnsafeMutableScalars { target in
                for line in 0..<shape[0] * region.rows.count {
                    let (image, row) = line.quotientAndRemainder(dividingBy: region.rows.count)
                    let start =
                        ((image * shape[1] + region.rows.lowerBound + row) * shape[2] + region.columns.lowerBound)
                        * channels
                    copy(source[start..<start + length], to: target, at: line * length)
                }
            }
        }
        return result
    }

    /// Puts one image into its place in a larger one, both `[1, height, width, channels]`.
    mutating func paste(_ piece: Tensor, at region: PixelRegion) {
        let (width, channels) = (shape[2], shape[3])
        ensure(
            piece.shape == [1, region.rows.count, region.columns.count, channels],
            "a piece \(piece.shape) for \(region.rows) and \(region.columns)")
        let length = region.columns.count * channels
        piece.withUnsafeScalars { source in
            withUnsafeMutableScalars { target in
                for (line, row) in region.rows.enumerated() {
                    let start = (row * width + region.columns.lowerBound) * channels
                    copy(source[line * length..<(line + 1) * length], to: target, at: start)
                }
            }
        }
    }
}

private func copy(
    _ source: Slice<UnsafeBufferPointer<Float>>, to target: UnsafeMutableBufferPointer<Float>, at start: Int
) {
    _ = UnsafeMutableBufferPointer(rebasing: target[start..<start + source.count]).update(from: source)
}
