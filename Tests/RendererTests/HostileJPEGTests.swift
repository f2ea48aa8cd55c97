import DiffusionBasics
import DiffusionRenderer
import Testing

/// Case 51 of reliability.md.
struct HostileJPEGTests {
    private let file = "bad.jpg"

    private func decode(_ bytes: [UInt8]) throws -> RGBImage { try ImageReader.decode(bytes, file: file).image }

    @Test(arguments: ["restarts.jpg", "progressive.jpg", "cmyk.jpg"])
    func everyTruncationIsAnErrorThatNamesTheFile(name: String) throws {
        let whole = try fixture(name)
        for count in 3..<whole.count {
            let error = #expect(throws: ImageError.self) { try decode(Array(whole.prefix(count))) }
            #expect(error?.sentence.hasPrefix("bad.jpg ") == true)
        }
    }

    @Test(arguments: ["gray.jpg", "progressive.jpg", "orientation-6.jpg"])
    func damagedBytesNeverCrash(name: String) throws {
        let whole = try fixture(name)
        for index in whole.indices {
            for mask: UInt8 in [0x01, 0x80, 0xFF] {
                var damaged = whole
                damaged[index] ^= mask
                // Most damage to entropy-coded data cannot be told from data; what is read is a whole picture.
                if let image = try? decode(damaged) { #expect(image.pixels.count == image.width * image.height * 3) }
            }
        }
    }

    @Test(arguments: [(65_500, 65_500), (65_535, 1), (12_000, 12_000)])
    func headersThatPromiseTooMuchTakeNoMemory(width: Int, height: Int) throws {
        var jpeg = try fixture("gray.jpg")
        try setSize(of: &jpeg, width: width, height: height, frame: 0xC0)
        let error = #expect(throws: ImageError.self) { try decode(jpeg) }
        #expect(["image.too-large", "image.truncated"].contains(error?.code))
    }

    @Test func tenThousandScansAreRefused() throws {
        let jpeg = try fixture("progressive.jpg")
        let first = try #require(JPEGMarkers.first(0xDA, in: jpeg))
        let end = try #require(jpeg.indices.first { $0 > first + 1 && jpeg[$0] == 0xFF && jpeg[$0 + 1] >= 0xC0 })
        let scans = (0..<10_000).flatMap { _ in jpeg[first..<end] }
        let bomb = jpeg[..<end] + scans + jpeg[end...]
        let error = #expect(throws: ImageError.self) { try decode(Array(bomb)) }
        #expect(error?.sentence == "bad.jpg is damaged: it has more than 100 scans.")
    }

    @Test func arithmeticCodingIsRefusedByName() throws {
        var jpeg = try fixture("gray.jpg")
        let frame = try #require(JPEGMarkers.first(0xC0, in: jpeg))
        jpeg[frame + 1] = 0xC9
        let error = #expect(throws: ImageError.self) { try decode(jpeg) }
        #expect(error?.code == "image.unsupported")
    }

    @Test func twelveBitSamplesAreRefused() throws {
        var jpeg = try fixture("gray.jpg")
        let frame = try #require(JPEGMarkers.first(0xC0, in: jpeg))
        jpeg[frame + 4] = 12
        let error = #expect(throws: ImageError.self) { try decode(jpeg) }
        #expect(error?.code == "image.unsupported")
    }

    @Test func extraBytesBetweenMarkersAreNoError() throws {
        var jpeg = try fixture("gray.jpg")
        let quantization = try #require(JPEGMarkers.first(0xDB, in: jpeg))
        jpeg.insert(contentsOf: [0x12, 0x34], at: quantization)
        #expect(try decode(jpeg) == fixtureImage("gray.jpg"))
    }

    private func setSize(of jpeg: inout [UInt8], width: Int, height: Int, frame: UInt8) throws {
        let offset = try #require(JPEGMarkers.first(frame, in: jpeg)) + 5
        jpeg.replaceSubrange(
            offset..<offset + 4,
            with: [UInt8(height >> 8), UInt8(height & 0xFF), UInt8(width >> 8), UInt8(width & 0xFF)])
    }
}
