/// A picture of 8 bits a channel in sRGB's encoding: red, green, blue interleaved, rows from top to bottom.
public struct RGBImage: Sendable, Hashable {
    /// Pixels in a row, at least 1.
    public let width: Int
    /// Rows, at least 1.
    public let height: Int
    /// `height × width × 3` bytes.
    public let pixels: [UInt8]

    /// - Throws: `ImageError.wrongSize` unless both sides are at least 1 and `pixels` holds exactly `width × height × 3`.
    public init(width: Int, height: Int, pixels: [UInt8]) throws {
        guard width > 0, height > 0, Self.byteCount(width: width, height: height) == pixels.count else {
            throw ImageError.wrongSize(width: width, height: height, byteCount: pixels.count)
        }
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// The three channels of one pixel; `x` and `y` count from the top left.
    public subscript(x: Int, y: Int) -> (red: UInt8, green: UInt8, blue: UInt8) {
        let offset = (y * width + x) * 3
        return (pixels[offset], pixels[offset + 1], pixels[offset + 2])
    }

    private static func byteCount(width: Int, height: Int) -> Int? {
        let (area, areaOverflows) = width.multipliedReportingOverflow(by: height)
        let (count, countOverflows) = area.multipliedReportingOverflow(by: 3)
        return areaOverflows || countOverflows ? nil : count
    }
}
