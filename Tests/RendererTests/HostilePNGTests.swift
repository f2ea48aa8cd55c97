import DiffusionBasics
import DiffusionRenderer
import Testing

/// Cases 50 and 52 of reliability.md.
struct HostilePNGTests {
    private let file = "bad.png"

    private func decode(_ bytes: [UInt8]) throws -> RGBImage { try ImageReader.decode(bytes, file: file).image }

    @Test func everyTruncationIsAnErrorThatNamesTheFile() throws {
        let whole = try PNGEncoder.encode(testImage(width: 9, height: 7), texts: [PNGText(keyword: "a", text: "b")])
        for count in 4..<whole.count {
            let error = #expect(throws: ImageError.self) { try decode(Array(whole.prefix(count))) }
            #expect(error?.sentence.hasPrefix("bad.png ") == true)
        }
        #expect(throws: ImageError.truncated(file: file)) { try decode(Array(whole.dropLast())) }
    }

    @Test func everyDamagedByteIsAnErrorOrLeavesThePictureWhole() throws {
        let image = try testImage(width: 5, height: 4)
        let whole = try PNGEncoder.encode(image, texts: [PNGText(keyword: "parameters", text: "a cat")])
        for index in whole.indices {
            var damaged = whole
            damaged[index] ^= 0x55
            // Damage to a text chunk loses the text, never the picture.
            if let decoded = try? decode(damaged) { #expect(decoded == image) }
        }
    }

    @Test func wrongChecksumInTheDataIsAnError() throws {
        var png = PNGBuilder(width: 1, height: 1, scanlines: [[0, 1, 2, 3]]).file
        png[png.count - 13] ^= 1
        #expect(throws: ImageError.self) { try decode(png) }
    }

    @Test(arguments: [(0x7FFF_FFFF, 1), (1, 0x7FFF_FFFF), (65_535, 65_535), (0x7FFF_FFFF, 0x7FFF_FFFF)])
    func sizesOverTheLimitsAreRefusedFromTheHeader(width: UInt32, height: UInt32) {
        let png = PNGBuilder(width: width, height: height, scanlines: [[0, 1, 2, 3]]).file
        let error = #expect(throws: ImageError.self) { try decode(png) }
        #expect(error?.code == "image.too-large")
    }

    @Test func aHeaderThatPromisesMoreThanTheFileHoldsTakesNoMemory() {
        let png = PNGBuilder(width: 11_000, height: 11_000, scanlines: [[0, 1, 2, 3]]).file
        #expect(throws: ImageError.truncated(file: file)) { try decode(png) }
    }

    @Test(arguments: [(0, 5), (5, 0)])
    func emptySidesAreRefused(width: UInt32, height: UInt32) {
        #expect(throws: ImageError.self) { try decode(PNGBuilder(width: width, height: height, scanlines: [[0]]).file) }
    }

    @Test func compressedTextsThatUnpackToGigabytesAreLeftOut() throws {
        // A megabyte of one letter packs into seven kilobytes; two hundred such chunks.
        let bomb = PNGBuilder.chunk("zTXt", Array("bomb\0\0".utf8) + Self.deflatedLetters(count: 1 << 20))
        var png = PNGBuilder(width: 1, height: 1, scanlines: [[0, 1, 2, 3]])
        png.before = Array(repeating: bomb, count: 200)
        let decoded = try ImageReader.decode(png.file, file: file)
        #expect(decoded.image.pixels == [1, 2, 3])
        let kept = decoded.marks.texts.map(\.text.utf8.count)
        #expect(kept.first ?? 0 > 1 << 19)
        #expect(kept.reduce(0, +) < 48 << 20)
    }

    @Test func rowsThatAreMissingInTheDataAreAnError() {
        let png = PNGBuilder(width: 1, height: 3, scanlines: [[0, 1, 2, 3]]).file
        #expect(throws: ImageError.self) { try decode(png) }
    }

    @Test(arguments: [(8, 5), (3, 2), (16, 3), (0, 0)])
    func depthsAndColorTypesThatDoNotExistAreErrors(depth: UInt8, colorType: UInt8) {
        let png = PNGBuilder(width: 1, height: 1, bitDepth: depth, colorType: colorType, scanlines: [[0, 1, 2, 3]]).file
        #expect(throws: ImageError.self) { try decode(png) }
    }

    @Test func paletteIndicesBeyondThePaletteDoNotCrash() throws {
        var png = PNGBuilder(width: 1, height: 1, colorType: 3, scanlines: [[0, 200]])
        #expect(throws: ImageError.self) { try decode(png.file) }
        png.before = [PNGBuilder.chunk("PLTE", [1, 2, 3])]
        #expect(try decode(png.file).pixels.count == 3)
    }

    @Test(arguments: [
        ("GIF89a\u{1}\u{2}", "a GIF picture"), ("hello\n", "text"), ("", "empty"),
        ("RIFF1234WEBPVP8 ", "a WebP picture"),
        ("<svg xmlns=''/>", "an SVG drawing"), ("\u{1}\u{2}\u{3}", "of an unknown kind"),
    ])
    func otherFilesAreCalledByTheirKind(content: String, found: String) {
        #expect(throws: ImageError.unknownFormat(file: file, found: found)) { try decode(Array(content.utf8)) }
    }

    /// A megabyte of the letter A as a zlib stream: one literal and runs of 258 at distance 1, in the fixed Huffman code.
    private static func deflatedLetters(count: Int) -> [UInt8] {
        let runs = (count - 1) / 258
        // Codes go most significant bit first: literal 0x41 is 01110001, length 258 is 11000101, distance 1 is 00000.
        let bits: [UInt8] =
            [1, 1, 0] + [0, 1, 1, 1, 0, 0, 0, 1]
            + (0..<runs).flatMap { _ in [1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0] } + Array(repeating: 0, count: 7)
        let packed = stride(from: 0, to: bits.count, by: 8).map { start in
            bits[start..<min(start + 8, bits.count)].enumerated().reduce(UInt8(0)) { $0 | $1.element << $1.offset }
        }
        let letters = Array(repeating: UInt8(ascii: "A"), count: 1 + runs * 258)
        return [0x78, 0xDA] + packed + bytes(PNGBuilder.adler32(letters))
    }
}
