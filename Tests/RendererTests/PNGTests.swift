import DiffusionRenderer
import Testing

struct PNGTests {
    @Test(arguments: [(1, 1), (1, 700), (700, 1), (97, 65), (512, 64)])
    func writtenPicturesAreReadBackExactly(width: Int, height: Int) throws {
        let image = try testImage(width: width, height: height)
        let decoded = try ImageReader.decode(PNGEncoder.encode(image), file: "x.png")
        #expect(decoded.image == image)
        #expect(decoded.format == .png)
        #expect(decoded.marks == ImageMarks())
    }

    @Test func equalPicturesGiveEqualBytes() throws {
        let image = try testImage(width: 130, height: 70)
        let texts = [PNGText(keyword: "parameters", text: "a cat")]
        #expect(try PNGEncoder.encode(image, texts: texts) == PNGEncoder.encode(image, texts: texts))
    }

    @Test func textsComeBackAndLatin1DecidesTheChunk() throws {
        let texts = [
            PNGText(keyword: "parameters", text: "naïve café\nline two ÿ"),
            PNGText(keyword: "parameters", text: "猫と🐈", isInternational: true),
            PNGText(keyword: "Note", text: "tab\there", isInternational: true),
            PNGText(keyword: "Empty", text: ""),
            PNGText(keyword: "XML:com.adobe.xmp", text: "<x/>", isInternational: true),
        ]
        let bytes = try PNGEncoder.encode(testImage(width: 3, height: 2), texts: texts)
        #expect(try ImageReader.decode(bytes, file: "x.png").marks.texts == texts)
        let asked = texts.map {
            PNGText(keyword: $0.keyword, text: $0.text, isInternational: $0.keyword.hasPrefix("X"))
        }
        #expect(try PNGEncoder.encode(testImage(width: 3, height: 2), texts: asked) == bytes)
    }

    @Test func nulInATextBecomesAQuestionMark() throws {
        let bytes = try PNGEncoder.encode(testImage(width: 1, height: 1), texts: [PNGText(keyword: "a", text: "b\0c")])
        #expect(try ImageReader.decode(bytes, file: "x.png").marks.texts.first?.text == "b?c")
    }

    @Test(arguments: ["palette", "one-bit", "two-bit-palette", "gray", "orientation-6"])
    func readsWhatPillowReads(name: String) throws {
        #expect(try fixtureImage("\(name).png") == fixtureImage("\(name).png.expected.png"))
    }

    @Test func sixteenBitsKeepTheHighOnes() throws {
        let color = PNGBuilder(width: 1, height: 1, bitDepth: 16, scanlines: [[0, 0x12, 0xFF, 0x80, 0, 0xFE, 0x81]])
        #expect(try decode(color).pixels == [0x12, 0x80, 0xFE])
        let gray = PNGBuilder(width: 2, height: 1, bitDepth: 16, colorType: 0, scanlines: [[0, 0x7F, 0xFF, 1, 2]])
        #expect(try decode(gray).pixels == [0x7F, 0x7F, 0x7F, 1, 1, 1])
    }

    @Test func interlacedRowsFindTheirPlaces() throws {
        // Adam7 on 3×3 grey pixels numbered 1 to 9: the passes that are not empty are the first, fifth, sixth, seventh.
        let passes: [[UInt8]] = [[0, 1], [0, 3], [0, 7, 9], [0, 2], [0, 8], [0, 4, 5, 6]]
        let png = PNGBuilder(width: 3, height: 3, colorType: 0, isInterlaced: true, scanlines: passes)
        #expect(try decode(png).pixels == (1...9).flatMap { [UInt8($0), UInt8($0), UInt8($0)] })
    }

    @Test func alphaLiesOverTheBackground() throws {
        let png = PNGBuilder(
            width: 3, height: 1, colorType: 6, scanlines: [[0, 10, 20, 30, 255, 10, 20, 30, 0, 0, 100, 200, 128]])
        #expect(try decode(png).pixels == [10, 20, 30, 255, 255, 255, 127, 177, 227])
        var options = ImageReadingOptions()
        options.transparency = .over(.init(red: 0, green: 0, blue: 0))
        #expect(try decode(png, options).pixels == [10, 20, 30, 0, 0, 0, 0, 50, 100])
        options.transparency = .dropped
        #expect(try decode(png, options).pixels == [10, 20, 30, 10, 20, 30, 0, 100, 200])
    }

    @Test func transparentPaletteEntriesAndGrayAlphaLieOverWhite() throws {
        var palette = PNGBuilder(width: 2, height: 1, colorType: 3, scanlines: [[0, 0, 1]])
        palette.before = [PNGBuilder.chunk("PLTE", [1, 2, 3, 4, 5, 6]), PNGBuilder.chunk("tRNS", [0])]
        #expect(try decode(palette).pixels == [255, 255, 255, 4, 5, 6])
        let grayAlpha = PNGBuilder(width: 2, height: 1, colorType: 4, scanlines: [[0, 9, 255, 9, 0]])
        #expect(try decode(grayAlpha).pixels == [9, 9, 9, 255, 255, 255])
    }

    @Test func gammaAndProfilesAreLeftAlone() throws {
        var png = PNGBuilder(width: 1, height: 1, scanlines: [[0, 50, 100, 150]])
        png.before = [PNGBuilder.chunk("gAMA", bytes(100_000)), PNGBuilder.chunk("sRGB", [0])]
        #expect(try decode(png).pixels == [50, 100, 150])
    }

    private func decode(_ png: PNGBuilder, _ options: ImageReadingOptions = .init()) throws -> RGBImage {
        try ImageReader.decode(png.file, file: "built.png", options: options).image
    }
}
