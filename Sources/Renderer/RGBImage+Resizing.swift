#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension RGBImage {
    /// The picture scaled as diffusers' `VaeImageProcessor.resize` scales one: Pillow's `Image.resize` with
    /// `Resampling.LANCZOS`, bit for bit (Pillow's `Resample.c`): rows first, then columns, rounded to 8 bits after each,
    /// weights in 22-bit fixed point, the window of three lobes widened by the factor when scaling down.
    ///
    /// - Throws: `ImageError.wrongSize` for a size of no pixels.
    package func resized(width newWidth: Int, height newHeight: Int) throws -> RGBImage {
        guard newWidth > 0, newHeight > 0 else {
            throw ImageError.wrongSize(width: newWidth, height: newHeight, byteCount: pixels.count)
        }
        var scaled = self
        if newWidth != width { scaled = try scaled.resizedRows(LanczosWeights(from: width, to: newWidth)) }
        if newHeight != height { scaled = try scaled.resizedColumns(LanczosWeights(from: height, to: newHeight)) }
        return scaled
    }

    private func resizedRows(_ weights: LanczosWeights) throws -> RGBImage {
        let newWidth = weights.windows.count
        var result = [UInt8](repeating: 0, count: newWidth * height * 3)
        for y in 0..<height {
            for (x, window) in weights.windows.enumerated() {
                let source = (y * width + window.start) * 3
                weights.sum(window, of: pixels, from: source, stride: 3, into: &result, at: (y * newWidth + x) * 3)
            }
        }
        return try RGBImage(width: newWidth, height: height, pixels: result)
    }

    private func resizedColumns(_ weights: LanczosWeights) throws -> RGBImage {
        var result = [UInt8](repeating: 0, count: width * weights.windows.count * 3)
        for (y, window) in weights.windows.enumerated() {
            for x in 0..<width {
                let source = (window.start * width + x) * 3
                weights.sum(window, of: pixels, from: source, stride: width * 3, into: &result, at: (y * width + x) * 3)
            }
        }
        return try RGBImage(width: width, height: weights.windows.count, pixels: result)
    }
}

/// For every place of a scaled line, which places of the source it is made of, and their weights.
private struct LanczosWeights {
    struct Window {
        /// The first source place.
        var start: Int
        /// Where its weights stand in `values`.
        var values: Range<Int>
    }

    private(set) var windows: [Window] = []
    /// In units of 2^-22.
    private var values: [Int32] = []

    private static let precision: Int32 = 22
    private static let lobes = 3.0

    init(from sourceCount: Int, to count: Int) {
        let scale = Double(sourceCount) / Double(count)
        let stretch = max(scale, 1)
        let support = Self.lobes * stretch
        for place in 0..<count {
            let center = (Double(place) + 0.5) * scale
            let start = max(0, Int(center - support + 0.5))
            let end = min(sourceCount, Int(center + support + 0.5))
            append((start..<end).map { Self.lanczos((Double($0) - center + 0.5) * (1 / stretch)) }, start: start)
        }
    }

    private mutating func append(_ weights: [Double], start: Int) {
        let total = weights.reduce(0, +)
        let first = values.count
        for weight in weights {
            let share = total == 0 ? weight : weight / total
            values.append(Int32(share * Double(1 << Self.precision) + (share < 0 ? -0.5 : 0.5)))
        }
        windows.append(Window(start: start, values: first..<values.count))
    }

    /// Adds up three channels of the window's places, `stride` apart, and stores them rounded and clamped.
    @inline(__always)
    func sum(
        _ window: Window, of source: [UInt8], from start: Int, stride: Int, into result: inout [UInt8], at place: Int
    ) {
        let half = Int32(1) << (Self.precision - 1)
        var (red, green, blue) = (half, half, half)
        var offset = start
        for index in window.values {
            let weight = values[index]
            red &+= weight &* Int32(source[offset])
            green &+= weight &* Int32(source[offset + 1])
            blue &+= weight &* Int32(source[offset + 2])
            offset += stride
        }
        result[place] = UInt8(clamping: red >> Self.precision)
        result[place + 1] = UInt8(clamping: green >> Self.precision)
        result[place + 2] = UInt8(clamping: blue >> Self.precision)
    }

    private static func lanczos(_ x: Double) -> Double {
        x >= -lobes && x < lobes ? normalizedSinc(x) * normalizedSinc(x / lobes) : 0
    }

    private static func normalizedSinc(_ x: Double) -> Double { x == 0 ? 1 : sin(x * .pi) / (x * .pi) }
}
