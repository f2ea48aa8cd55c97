extension RGBImage {
    /// The picture as EXIF's `orientation` (1 to 8, tag 0x0112) means it to be seen; any other value changes nothing.
    package func upright(_ orientation: Int) throws -> RGBImage {
        guard (2...8).contains(orientation) else { return self }
        let isTransposed = orientation >= 5
        let mirrorsColumns = [2, 3, 7, 8].contains(orientation)
        let mirrorsRows = [3, 4, 6, 7].contains(orientation)
        let (newWidth, newHeight) = isTransposed ? (height, width) : (width, height)
        var turned: [UInt8] = []
        turned.reserveCapacity(pixels.count)
        for y in 0..<newHeight {
            for x in 0..<newWidth {
                let (column, row) = isTransposed ? (y, x) : (x, y)
                let sourceColumn = mirrorsColumns ? width - 1 - column : column
                let sourceRow = mirrorsRows ? height - 1 - row : row
                let offset = (sourceRow * width + sourceColumn) * 3
                turned.append(pixels[offset])
                turned.append(pixels[offset + 1])
                turned.append(pixels[offset + 2])
            }
        }
        return try RGBImage(width: newWidth, height: newHeight, pixels: turned)
    }
}
