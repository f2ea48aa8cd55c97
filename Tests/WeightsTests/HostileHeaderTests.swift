import DiffusionWeights
import TestSupport
import Testing

/// Malformed safetensors files, numbered as in the project's list of hostile files: lengths and JSON (1–13).
@Suite struct HostileHeaderTests {
    @Test func case01_empty() throws {
        #expect(try refusal(of: []).contains("it is empty (offset 0)"))
    }

    @Test func case02_sevenBytes() throws {
        #expect(try refusal(of: [2, 0, 0, 0, 0, 0, 0]).contains("it is 7 bytes long, too short"))
    }

    @Test func case03_headerLengthZero() throws {
        #expect(try refusal(of: littleEndian(UInt64(0))).contains("header length is 0 (offset 0)"))
        #expect(try refusal(of: littleEndian(UInt64(0)) + Array("{}".utf8)).contains("header length is 0"))
    }

    @Test func case04_headerLengthTwoTo64Minus1() throws {
        #expect(try refusal(of: safetensors("{}", declared: .max)).contains("header length is 18446744073709551615"))
    }

    @Test func case05_headerLengthTwoTo63() throws {
        #expect(try refusal(of: safetensors("{}", declared: 1 << 63)).contains("header length is 9223372036854775808"))
    }

    @Test func case06_headerLengthOver100MB() throws {
        let sentence = try refusal(of: safetensors("{}", declared: 100_000_001))
        #expect(sentence.contains("header length is 100000001, the limit is 100000000"))
    }

    @Test func case07_headerPastTheEnd() throws {
        #expect(try refusal(of: safetensors("{}", declared: 3)).contains("header length is 3, but only 2 bytes follow"))
        #expect(try refusal(of: safetensors("{}", declared: 100_000_000)).contains("only 2 bytes follow"))
    }

    @Test func case08_headerOneShort() throws {
        let header = header(shape: "[1]", offsets: "[0,4]")
        let sentence = try refusal(
            of: safetensors(header, declared: UInt64(header.utf8.count - 1), data: [0, 0, 0]))
        #expect(sentence.contains("its header has the end of the document, expected ',' or '}'"))
        #expect(sentence.contains("(offset \(8 + header.utf8.count - 1))"))
        let long = safetensors(header + "\u{0}", data: zeros(4))
        #expect(try refusal(of: long).contains("byte 0 after the end"))
    }

    @Test(arguments: ["[]", "1", "null", "\"w\"", " {}", "x"]) func case09_headerIsNoObject(header: String) throws {
        #expect(try refusal(of: safetensors(header)).contains("does not begin with '{' (offset 8)"))
    }

    @Test(arguments: [
        "{", "{\"w\"", "{\"w\":", "{\"w\":{}", "{\"w\":1}", "{\"w\":[]}", "{\"w\":null}", "{w:{}}", "{,}",
    ])
    func case09_headerIsBrokenJSON(header: String) throws {
        #expect(try refusal(of: safetensors(header)).contains("offset"))
    }

    @Test(arguments: [[0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80]] as [[UInt8]])
    func case10_badUTF8(bytes: [UInt8]) throws {
        let header =
            Array("{\"".utf8) + bytes + Array("\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}}".utf8)
        let sentence = try refusal(of: littleEndian(UInt64(header.count)) + header + zeros(4))
        #expect(sentence.contains("not valid UTF-8"))
    }

    @Test func case11_byteOrderMark() throws {
        #expect(try refusal(of: safetensors("\u{FEFF}{}")).contains("does not begin with '{' (offset 8)"))
    }

    @Test func case12_nulPadding() throws {
        let header = header(shape: "[1]", offsets: "[0,4]")
        let sentence = try refusal(of: safetensors(header + "\u{0}\u{0}\u{0}", data: zeros(4)))
        #expect(sentence.contains("byte 0 after the end of the document (offset \(8 + header.utf8.count))"))
    }

    @Test func blankPaddingIsValid() throws {
        #expect(try floats(in: safetensors(header(shape: "[1]", offsets: "[0,4]") + "   ", data: zeros(4))) == [0])
    }

    @Test(arguments: ["{\"w\":", "{\"w\":{\"shape\":", "{\"w\":{\"dtype\":", "{\"w\":{\"x\":", "{\"__metadata__\":"])
    func case13_nested100000Deep(start: String) throws {
        let depth = 100_000
        let arrays = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        #expect(try refusal(of: safetensors(start + arrays + "}}")).contains("offset"))
        let objects = String(repeating: "{\"a\":", count: depth) + "1" + String(repeating: "}", count: depth)
        #expect(try refusal(of: safetensors(start + objects + "}}")).contains("offset"))
    }

    @Test(arguments: ["a", "\\u0061"]) func stringsOfBoundlessLengthAreRefused(unit: String) throws {
        let text = String(repeating: unit, count: (17 << 20) / unit.utf8.count)
        #expect(try refusal(of: safetensors("{\"\(text)\":1}")).contains("a string of over 16777216 bytes"))
    }

    @Test func anEmptyTableIsValid() throws {
        let folder = try TemporaryFolder()
        let file = try SafetensorsFile(folder.write("model.safetensors", safetensors("{}")))
        #expect(file.header.entries.isEmpty)
    }

    @Test func metadataIsReadAndMustBeStrings() throws {
        let folder = try TemporaryFolder()
        let bytes = safetensors(#"{"__metadata__":{"format":"pt","é":"x\n"}}"#)
        let file = try SafetensorsFile(folder.write("model.safetensors", bytes))
        #expect(file.header.metadata == ["format": "pt", "é": "x\n"])
        #expect(file.header.entries.isEmpty)
        #expect(try refusal(of: safetensors(#"{"__metadata__":{"format":1}}"#)).contains("expected a string"))
        #expect(try refusal(of: safetensors(#"{"__metadata__":[]}"#)).contains("expected an object"))
        #expect(try refusal(of: safetensors(#"{"__metadata__":{"a":"1","a":"2"}}"#)).contains("\"a\" twice"))
    }
}
