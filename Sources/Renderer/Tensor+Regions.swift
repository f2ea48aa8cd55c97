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
        return try crops((0..<shape[0]).map { ($0, region) }, in: context)
    }

    /// Rectangles of one size of a feature map `[1, height, width, channels]`, as the images of a batch.
    func cropped(to regions: [PixelRegion], in context: ComputeContext) throws -> Tensor {
        try crops(regions.map { (0, $0) }, in: context)
    }

    private func crops(_ places: [(image: Int, region: PixelRegion)], in context: ComputeContext) throws -> Tensor {
        let (rowCount, columnCount) = (places[0].region.rows.count, places[0].region.columns.count)
        var result = try context.makeTensor([places.count, rowCount, columnCount, shape[3]])
        let length = columnCount * shape[3]
        withUnsafeScalars { source in
            result.withUnsafeMutableScalars { target in
                for (index, (image, region)) in places.enumerated() {
                    ensure(
                        region.rows.count == rowCount && region.columns.count == columnCount, "crops of several sizes")
                    for (line, row) in region.rows.enumerated() {
                        let start = ((image * shape[1] + row) * shape[2] + region.columns.lowerBound) * shape[3]
                        copy(source[start..<start + length], to: target, at: (index * rowCount + line) * length)
                    }
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
