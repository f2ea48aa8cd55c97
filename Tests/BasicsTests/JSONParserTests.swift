import DiffusionBasics
import Testing

@Suite struct JSONParserTests {
    private func parse(_ text: String) throws -> JSONNode { try JSONParser.parse(Array(text.utf8), file: "t.json") }

    private func problem(_ bytes: [UInt8]) -> JSONError? {
        #expect(throws: JSONError.self) { try JSONParser.parse(bytes, file: "t.json") }
    }

    @Test(arguments: [
        "null", "true", "false", "0", "-0", "-1", "10", "0.5", "-0.0", "1e5", "1E+5", "1e-5", "123.456e78", "1e400",
        "\"\"", "\"a\"", #""\"\\\/\b\f\n\r\t""#, #""\u0041""#, #""\ud83d\ude00""#, "\"\u{7F}\"", "\"é漢😀\"",
        "[]", "[ ]", "[1,2]", "[[],[[]]]", "{}", "{ }", #"{"a":1}"#, #"{"":{"":0}}"#, " \t\r\n[ 1 , 2 ]\n ",
        #"[null,true,{"a":[]}]"#,
    ])
    func acceptsValidDocument(text: String) throws {
        _ = try parse(text)
    }

    @Test(arguments: [
        "", " ", "nul", "True", "NaN", "Infinity", "-Infinity", "+1", "01", "-01", "1.", ".5", "-", "1e", "1e+", "0x1",
        "1 2", "[1,]", "[,1]", "[1 2]", "[1", "]", "{\"a\":1,}", "{a:1}", "{'a':1}", "{\"a\"}", "{\"a\":}",
        "{\"a\" 1}", "{1:2}", "{\"a\":1", "{\"a\":1 \"b\":2}", "\"", "\"a", "'a'", #""\x""#, #""\u12""#, #""\u12g4""#,
        #""\ud800""#, #""\udc00""#, #""\ud800\u0041""#, #""\ud800x""#, #""\"#, "\"\n\"", "\"\t\"", "\"\u{0}\"",
        "// c\n1", "/* c */1", "[1]x", "{}{}", "[\u{A0}1]", "\u{FEFF}1",
    ])
    func refusesInvalidDocument(text: String) {
        #expect(throws: JSONError.self) { try parse(text) }
    }

    @Test(
        arguments: [
            [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xE2, 0x82, 0x22],
            [0x22, 0xF5, 0x80, 0x80, 0x80, 0x22], [0xFF, 0xFE, 0x31, 0x00], [0xFE, 0xFF, 0x00, 0x31],
            [0xEF, 0xBB, 0xBF, 0x31], [0x31, 0x00], [0x80],
        ] as [[UInt8]])
    func refusesBytesThatAreNotUTF8(bytes: [UInt8]) {
        #expect(throws: JSONError.self) { try JSONParser.parse(bytes, file: "t.json") }
    }

    @Test func keepsValuesAndOrder() throws {
        let object = try #require(try parse(#"{"z":[1,2.5,true],"a":"x\n\u00e9","m":null}"#).object)
        #expect(object.keys == ["z", "a", "m"])
        #expect(object["z"]?.array?.map(\.number?.text) == ["1", "2.5", nil])
        #expect(object["z"]?.array?[2].bool == true)
        #expect(object["a"]?.string == "x\né")
        #expect(object["m"]?.isNull == true)
        #expect(object["b"] == nil)
    }

    @Test func decodesEscapes() throws {
        let text = try #require(try parse(#""\"\\\/\b\f\n\r\t\u0000\ud83d\ude00x""#).string)
        #expect(Array(text.unicodeScalars.map(\.value)) == [34, 92, 47, 8, 12, 10, 13, 9, 0, 0x1F600, 120])
    }

    @Test func errorsGiveLineColumnAndOffset() throws {
        let error = try #require(problem(Array("{\n  \"a\": 1,\n  \"b\": x\n}".utf8)))
        #expect(error.position == JSONNode.Position(line: 3, column: 8))
        #expect(error.offset == 19)
        #expect(error.sentence == "t.json is not valid JSON: it has 'x', expected a value (line 3, column 8).")
    }

    @Test func nodesKnowWhereTheyBegin() throws {
        let object = try #require(try parse("{\n \"é\": [1,\n  2]}").object)
        #expect(object.members[0].keyPosition == JSONNode.Position(line: 2, column: 2))
        #expect(object["é"]?.position == JSONNode.Position(line: 2, column: 8))
        #expect(object["é"]?.array?[1].position == JSONNode.Position(line: 3, column: 3))
    }

    @Test func depthIsLimited() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array(repeating: UInt8(ascii: "["), count: depth) + Array(repeating: UInt8(ascii: "]"), count: depth)
        }
        _ = try JSONParser.parse(nested(64), file: "t.json")
        let error = try #require(problem(nested(65)))
        #expect(error.problem == "is nested too deeply")
        _ = try JSONParser.parse(nested(3), file: "t.json", maximumDepth: 3)
        #expect(throws: JSONError.self) { try JSONParser.parse(nested(4), file: "t.json", maximumDepth: 3) }
        #expect(throws: JSONError.self) {
            try JSONParser.parse(Array(repeating: UInt8(ascii: "["), count: 100_000), file: "t.json")
        }
    }

    @Test func duplicateKeysAreRefused() throws {
        let error = try #require(problem(Array(#"{"a":1,"b":2,"a":3}"#.utf8)))
        #expect(error.problem == "has the key \"a\" twice")
        #expect(error.position.column == 14)
        #expect(throws: JSONError.self) { try parse(#"{"a":1,"\u0061":2}"#) }
        _ = try parse(#"{"a":{"a":1},"b":{"a":1}}"#)
    }

    /// "é" in one scalar and in two are equal as Swift strings, yet two keys.
    @Test func canonicallyEquivalentKeysAreDistinct() throws {
        let object = try #require(try parse("{\"\u{E9}\":1,\"e\u{301}\":2,\"\u{212B}\":3,\"\u{C5}\":4}").object)
        #expect(object.members.count == 4)
        #expect(object["\u{E9}"]?.number?.integer() == 1)
        #expect(object["e\u{301}"]?.number?.integer() == 2)
        #expect(object["\u{212B}"]?.number?.integer() == 3)
        #expect(object["\u{C5}"]?.number?.integer() == 4)
    }

    @Test func refusedInsertionChangesNothing() throws {
        var object = JSONObject()
        let place = JSONNode.Position(line: 1, column: 1)
        let first = object.insert("a", at: place, JSONNode(.bool(true)))
        let second = object.insert("a", at: place, JSONNode(.bool(false)))
        #expect(first && !second)
        #expect(object.members.count == 1)
        #expect(object["a"]?.bool == true)
    }

    @Test func numbersKeepTheirText() throws {
        #expect(try parse("18446744073709551615").number?.integer(as: UInt64.self) == .max)
        #expect(try parse("18446744073709551616").number?.integer(as: UInt64.self) == nil)
        #expect(try parse("1.0").number?.integer(as: Int.self) == nil)
        #expect(try parse("1e400").number?.double == nil)
        #expect(try parse("0.1").number?.double == 0.1)
        #expect(try parse("1e-400").number?.double == 0)
    }

    @Test func aNumberOfBoundlessLengthIsRefused() throws {
        _ = try parse(String(repeating: "1", count: 1000))
        #expect(throws: JSONError.self) { try parse(String(repeating: "1", count: 1001)) }
        #expect(throws: JSONError.self) { try parse("0." + String(repeating: "1", count: 1_000_000)) }
    }

    @Test func aLongDocumentIsReadInLinearTime() throws {
        let text = "[" + Array(repeating: "{\"key\\n\":[\"value\",1.5]}", count: 100_000).joined(separator: ",\n") + "]"
        let array = try #require(try parse(text).array)
        #expect(array.count == 100_000)
        #expect(array[99_999].position.line == 100_000)
    }
}
