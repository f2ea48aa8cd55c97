import Diffusion

/// Pictures in rows and columns, each cell as large as the largest of them.
struct ContactSheet {
    private let columnCount: Int
    private var pictures: [(place: Int, image: RGBImage)] = []

    private static let margin = 4
    private static let background: UInt8 = 255

    init(columnCount: Int) { self.columnCount = columnCount }

    /// - Parameter place: where it stands among the others.
    mutating func add(_ path: String, at place: Int) throws {
        pictures.append((place, try RGBImage(contentsOf: path)))
    }

    /// All of them, by their places.
    func image() throws -> RGBImage {
        let cell = (
            width: (pictures.map(\.image.width).max() ?? 1) + Self.margin,
            height: (pictures.map(\.image.height).max() ?? 1) + Self.margin
        )
        let rowCount = max(1, (pictures.count + columnCount - 1) / columnCount)
        let (width, height) = (cell.width * columnCount + Self.margin, cell.height * rowCount + Self.margin)
        var pixels = [UInt8](repeating: Self.background, count: width * height * 3)
        for (number, picture) in pictures.sorted(by: { $0.place < $1.place }).enumerated() {
            let (row, column) = number.quotientAndRemainder(dividingBy: columnCount)
            let corner = (x: Self.margin + column * cell.width, y: Self.margin + row * cell.height)
            Self.copy(picture.image, to: corner, of: &pixels, width: width)
        }
        return try RGBImage(width: width, height: height, pixels: pixels)
    }

    func write(to path: String) throws { try image().write(to: path, overwrites: true) }

    private static func copy(
        _ image: RGBImage, to corner: (x: Int, y: Int), of pixels: inout [UInt8], width: Int
    ) {
        for row in 0..<image.height {
            let source = row * image.width * 3
            let target = ((corner.y + row) * width + corner.x) * 3
            pixels.replaceSubrange(
                target..<target + image.width * 3, with: image.pixels[source..<source + image.width * 3])
        }
    }
}
