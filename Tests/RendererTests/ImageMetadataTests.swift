import DiffusionRenderer
import Testing

struct ImageMetadataTests {
    static let parameters = ImageParameters(
        prompt: "a red cube, 猫 & <b>", negativePrompt: "blurry",
        settings: [
            .init("Steps", "20"), .init("Sampler", "DDIM"), .init("CFG scale", "7"), .init("Seed", "1"),
            .init("Size", "40x30"), .init("Model", "a, b"), .init("Version", "1.2.3"),
        ])

    static func metadata(
        _ source: ImageMetadata.DigitalSourceType = .trainedAlgorithmicMedia, includesPrompt: Bool = true
    ) -> ImageMetadata {
        ImageMetadata(
            parameters: parameters, sourceType: source, system: "Diffuse", systemVersion: "1.2.3",
            includesPrompt: includesPrompt)
    }

    static func marks(_ format: ImageFormat, _ metadata: ImageMetadata) throws -> ImageMarks {
        let encoded = try ImageWriter(format: format).encode(testImage(width: 40, height: 30), metadata: metadata)
        return try ImageReader.decode(encoded.bytes, file: "x").marks
    }

    @Test(arguments: ImageFormat.allCases, [true, false])
    func everyFormatCarriesTheSameMarks(format: ImageFormat, includesPrompt: Bool) throws {
        let metadata = Self.metadata(.compositeWithTrainedAlgorithmicMedia, includesPrompt: includesPrompt)
        let marks = try Self.marks(format, metadata)
        var expected = Self.parameters
        if format == .jpeg { expected.settings.append(.init("JPEG quality", "90")) }
        #expect(marks.parameters == (includesPrompt ? expected : expected.withoutPrompt))
        let xmp = try #require(marks.xmp)
        #expect(
            XMPPacket.value(of: "Iptc4xmpExt:DigitalSourceType", in: xmp)
                == "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia")
        #expect(XMPPacket.value(of: "Iptc4xmpExt:AISystemUsed", in: xmp) == "Diffuse")
        #expect(XMPPacket.value(of: "Iptc4xmpExt:AISystemVersionUsed", in: xmp) == "1.2.3")
        #expect(XMPPacket.value(of: "xmp:CreatorTool", in: xmp) == "Diffuse 1.2.3")
        let prompt = XMPPacket.value(of: "Iptc4xmpExt:AIPromptInformation", in: xmp)
        #expect(prompt == (includesPrompt ? "a red cube, 猫 & <b>\nNegative prompt: blurry" : nil))
    }

    @Test(arguments: ImageFormat.allCases)
    func withoutPromptNoWordOfItIsInTheFile(format: ImageFormat) throws {
        var metadata = Self.metadata(includesPrompt: false)
        metadata.parameters.prompt = "  secretword  "
        metadata.parameters.negativePrompt = "secretword"
        let bytes = try ImageWriter(format: format).encode(testImage(width: 8, height: 8), metadata: metadata).bytes
        let letters = bytes.filter { $0 != 0 }
        #expect(!String(decoding: letters, as: Unicode.ASCII.self).contains("secretword"))
    }

    @Test(arguments: [20_000, 40_000, 1_000_000])
    func promptsTooLongForJPEGAreCutThereAndWholeInPNG(length: Int) throws {
        var metadata = Self.metadata()
        metadata.parameters.prompt = String(repeating: "🐈", count: length / 2)
        let image = try testImage(width: 8, height: 8)
        let png = try ImageWriter(format: .png).encode(image, metadata: metadata)
        #expect(!png.isPromptCut)
        #expect(try ImageReader.decode(png.bytes, file: "x").marks.parameters == metadata.parameters)
        let jpeg = try ImageWriter(format: .jpeg).encode(image, metadata: metadata)
        #expect(jpeg.isPromptCut == (length > 20_000))
        let read = try #require(try ImageReader.decode(jpeg.bytes, file: "x").marks.parameters)
        let said: [ImageParameters.Setting] = [.init("JPEG quality", "90"), .init("Prompt kept", "in part")]
        #expect(read.settings == metadata.parameters.settings + said.prefix(jpeg.isPromptCut ? 2 : 1))
        #expect(read.prompt.hasPrefix("🐈🐈🐈"))
        #expect(read.prompt.hasSuffix("…") == jpeg.isPromptCut)
    }

    @Test func xmpHoldsAnyTextAsWellFormedXML() {
        let text =
            "a & b < c > d \"e\" 'f' ]]> \u{0}\u{1}\u{B}\u{1F} \u{FFFE}\u{FFFF} tab\t line\n return\r é猫🐈 &\u{301}<\u{301}"
        let packet = XMPPacket([.init(.basic, "CreatorTool", text)]).text
        let expected =
            "a & b < c > d \"e\" 'f' ]]> \u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD} \u{FFFD}\u{FFFD} tab\t line\n return\r é猫🐈 &\u{301}<\u{301}"
        #expect(XMPPacket.value(of: "xmp:CreatorTool", in: packet) == expected)
        #expect(packet.unicodeScalars.allSatisfy { $0.value >= 0x20 || $0 == "\n" || $0 == "\t" })
    }

    @Test(arguments: [
        ("<a xmp:CreatorTool=\"x &amp; y\"/>", "x & y"), ("<a xmp:CreatorTool = 'x'/>", "x"),
        ("<xmp:CreatorTool>x</xmp:CreatorTool>", "x"), ("<xmp:CreatorToolX>x</xmp:CreatorToolX>", nil),
        ("<xmp:CreatorTool>&#x41;&#66;&bogus;&#xD800;&</xmp:CreatorTool>", "AB&bogus;&#xD800;&"),
        ("xmp:CreatorTool", nil), ("<xmp:CreatorTool", nil), ("xmp:CreatorTool=\"", nil), ("", nil),
    ])
    func propertiesAreFoundInForeignPackets(packet: String, value: String?) {
        #expect(XMPPacket.value(of: "xmp:CreatorTool", in: packet) == value)
    }

    @Test func orientationComesFromXMPWhereEXIFHasNone() {
        let xmp = "<rdf:Description tiff:Orientation=\"6\"/>"
        #expect(ImageMarks(xmp: xmp).orientation == 6)
        #expect(ImageMarks(exif: EXIFBlock(orientation: 3), xmp: xmp).orientation == 3)
        #expect(ImageMarks(xmp: "<x/>").orientation == 1)
    }
}

struct EXIFTests {
    private let block = EXIFBlock(orientation: 5, software: "Diffuse 1.0 é", userComment: "prompt 猫🐈\nSteps: 1")

    @Test func blocksComeBack() {
        #expect(EXIFBlock(parsing: block.encoded(width: 5, height: 7)) == block)
        #expect(EXIFBlock(parsing: EXIFBlock().encoded(width: 1, height: 1)) == EXIFBlock())
        let empty = EXIFBlock(userComment: "")
        #expect(EXIFBlock(parsing: empty.encoded(width: 1, height: 1)) == empty)
    }

    @Test func commentsOfEitherByteOrderAreRead() {
        let little: [UInt8] = [0x49, 0x49, 0x2A, 0, 8, 0, 0, 0] + directory(0x8769, 4, 1, [26, 0, 0, 0])
        let ordered = Array("UNICODE\0".utf8) + "hi 猫".utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        let swapped = Array("UNICODE\0".utf8) + "hi 猫".utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        let marked = Array("UNICODE\0".utf8) + "\u{FEFF}猫猫".utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        for (payload, text) in [
            (ordered, "hi 猫"), (swapped, "hi 猫"), (marked, "猫猫"), (Array("ASCII\0\0\0plain\0x".utf8), "plain"),
            (Array(repeating: 0, count: 8) + Array("none".utf8), "none"),
        ] {
            let comment = directory(0x9286, 7, UInt8(payload.count), [44, 0, 0, 0]) + payload
            #expect(EXIFBlock(parsing: little + comment).userComment == text)
        }
    }

    @Test func damagedBlocksAreReadAsFarAsTheyGo() {
        let whole = block.encoded(width: 5, height: 7)
        for index in whole.indices {
            for mask: UInt8 in [0x01, 0x7F, 0xFF] {
                var damaged = whole
                damaged[index] ^= mask
                let read = EXIFBlock(parsing: damaged)
                #expect((read.software?.utf8.count ?? 0) <= whole.count)
            }
            #expect(EXIFBlock(parsing: Array(whole.prefix(index))).userComment?.isEmpty != true || index < whole.count)
        }
        let loop: [UInt8] = [
            0x4D, 0x4D, 0, 0x2A, 0, 0, 0, 8, 0, 1, 0x87, 0x69, 0, 4, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0, 0,
        ]
        #expect(EXIFBlock(parsing: loop) == EXIFBlock())
    }

    /// A little-endian directory of one entry.
    private func directory(_ tag: UInt16, _ kind: UInt8, _ count: UInt8, _ value: [UInt8]) -> [UInt8] {
        [1, 0, UInt8(tag & 0xFF), UInt8(tag >> 8), kind, 0, count, 0, 0, 0] + value + [0, 0, 0, 0]
    }
}
