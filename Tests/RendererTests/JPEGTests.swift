import DiffusionRenderer
import Testing

struct JPEGTests {
    @Test(arguments: [(100, 42.0), (95, 36), (90, 32), (80, 28), (1, 10)])
    func writtenPicturesComeBackAlike(quality: Int, decibels: Double) throws {
        let image = try testImage(width: 97, height: 65)
        let decoded = try ImageReader.decode(JPEGEncoder.encode(image, quality: quality), file: "x.jpg")
        #expect(decoded.format == .jpeg)
        #expect(peakSignalToNoise(decoded.image, image) > decibels)
    }

    @Test func equalPicturesGiveEqualBytes() throws {
        let image = try testImage(width: 60, height: 41)
        #expect(try JPEGEncoder.encode(image, quality: 90) == JPEGEncoder.encode(image, quality: 90))
    }

    @Test func colorIsKeptAtFullResolutionFromQuality90() throws {
        let image = try testImage(width: 32, height: 32)
        #expect(try samplingOfFirstComponent(JPEGEncoder.encode(image, quality: 90)) == 0x11)
        #expect(try samplingOfFirstComponent(JPEGEncoder.encode(image, quality: 89)) == 0x22)
    }

    @Test(arguments: [0, -1, 101])
    func qualitiesOutsideTheScaleAreErrors(quality: Int) {
        #expect(throws: ImageError.wrongQuality(quality)) {
            try JPEGEncoder.encode(testImage(width: 1, height: 1), quality: quality)
        }
    }

    @Test func sidesThatJPEGCannotHoldAreErrors() throws {
        let image = try RGBImage(width: 65_501, height: 1, pixels: Array(repeating: 0, count: 65_501 * 3))
        let error = #expect(throws: ImageError.self) { try JPEGEncoder.encode(image, quality: 90) }
        #expect(error?.code == "image.not-encodable")
    }

    @Test func segmentsThatAreTooLongAreErrors() throws {
        #expect(throws: ImageError.self) {
            try JPEGEncoder.encode(
                testImage(width: 1, height: 1), quality: 90, segments: [Array(repeating: 0, count: 65_534)])
        }
    }

    /// Four colours, grey, progressive, 4:1:1 and restart markers.
    @Test(arguments: ["cmyk", "gray", "progressive", "baseline-411", "restarts"])
    func readsWhatPillowReads(name: String) throws {
        #expect(try fixtureImage("\(name).jpg") == fixtureImage("\(name).jpg.expected.png"))
    }

    /// The sampling byte of the frame header's first component.
    private func samplingOfFirstComponent(_ jpeg: [UInt8]) throws -> UInt8 {
        let frame = try #require(JPEGMarkers.first(0xC0, in: jpeg))
        return jpeg[frame + 4 + 7]
    }
}

/// Finds marker segments in front of the scan data.
enum JPEGMarkers {
    /// The offset of the first segment `FF marker`.
    static func first(_ marker: UInt8, in jpeg: [UInt8]) -> Int? {
        var offset = 2
        while offset + 4 <= jpeg.count, jpeg[offset] == 0xFF {
            if jpeg[offset + 1] == marker { return offset }
            offset += 2 + (Int(jpeg[offset + 2]) << 8 | Int(jpeg[offset + 3]))
        }
        return nil
    }
}
