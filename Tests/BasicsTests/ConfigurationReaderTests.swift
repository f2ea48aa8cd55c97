import DiffusionBasics
import Testing

@Suite struct ConfigurationReaderTests {
    private enum Activation: String, CaseIterable { case silu, gelu }

    private func reader(_ text: String) throws -> ConfigurationReader {
        try ConfigurationReader(JSONParser.parse(Array(text.utf8), file: "c.json"), file: "c.json")
    }

    @Test func readsEachType() throws {
        let reader = try reader(#"{"i":3,"f":3.0,"d":1e-5,"b":true,"s":"x","l":[1,2.0],"ds":[1,0.5],"ss":["a"]}"#)
        #expect(try reader.int("i", default: 0) == 3)
        #expect(try reader.int("f", default: 0) == 3)
        #expect(try reader.double("d", default: 0) == 1e-5)
        #expect(try reader.double("i", default: 0) == 3)
        #expect(try reader.bool("b", default: false))
        #expect(try reader.string("s", default: "") == "x")
        #expect(try reader.optionalInts("l") == [1, 2])
        #expect(try reader.optionalDoubles("ds") == [1, 0.5])
        #expect(try reader.optionalStrings("ss") == ["a"])
        #expect(reader.unknownKeys.isEmpty)
    }

    @Test(arguments: ["{}", #"{"x":null}"#]) func absentAndNullTakeTheDefault(text: String) throws {
        let reader = try reader(text)
        #expect(try reader.int("x", default: 7) == 7)
        #expect(try reader.double("x", default: 0.5) == 0.5)
        #expect(try reader.bool("x", default: true))
        #expect(try reader.string("x", default: "d") == "d")
        #expect(try reader.optionalInts("x") == nil)
        #expect(try reader.choice("x", default: Activation.gelu) == .gelu)
        #expect(try reader.ints("x", default: 4, count: 3, in: 1...8) == [4, 4, 4])
    }

    @Test func wrongTypesNameFileKeyExpectedAndFound() throws {
        let reader = try reader(#"{"x":"two","y":1.5,"z":[1,"a"],"o":{}}"#)
        #expect(throws: wrongType("x", "a whole number", "the string \"two\"")) { try reader.int("x", default: 0) }
        #expect(throws: wrongType("y", "a whole number", "the number 1.5")) { try reader.int("y", default: 0) }
        #expect(throws: wrongType("x", "a number", "the string \"two\"")) { try reader.double("x", default: 0) }
        #expect(throws: wrongType("y", "true or false", "the number 1.5")) { try reader.bool("y", default: true) }
        #expect(throws: wrongType("y", "a string", "the number 1.5")) { try reader.string("y", default: "") }
        #expect(throws: wrongType("z", "a list of whole numbers", "the string \"a\"")) { try reader.optionalInts("z") }
        #expect(throws: wrongType("o", "a list of strings", "an object")) { try reader.optionalStrings("o") }
    }

    private func wrongType(_ key: String, _ expected: String, _ found: String) -> ConfigurationError {
        .wrongType(file: "c.json", key: key, expected: expected, found: found)
    }

    @Test func rangesAreKept() throws {
        let reader = try reader(#"{"x":0,"big":1e300,"huge":1e400,"l":[1,9],"short":[1]}"#)
        #expect(
            throws: ConfigurationError.outOfRange(file: "c.json", key: "x", expected: "1 to 8", found: "the number 0")
        ) {
            try reader.int("x", default: 1, in: 1...8)
        }
        #expect(throws: ConfigurationError.self) { try reader.int("big", default: 1) }
        #expect(throws: ConfigurationError.self) { try reader.double("huge", default: 1) }
        #expect(throws: ConfigurationError.self) { try reader.ints("l", default: 1, count: 2, in: 1...8) }
        #expect(throws: ConfigurationError.self) { try reader.ints("short", default: 1, count: 2, in: 1...8) }
        #expect(try reader.ints("l", default: 1, count: 2, in: 1...9) == [1, 9])
    }

    @Test func choicesListWhatIsSupported() throws {
        let reader = try reader(#"{"act":"mish","ok":"gelu"}"#)
        #expect(try reader.choice("ok", default: Activation.silu) == .gelu)
        let error = #expect(throws: ConfigurationError.self) { try reader.choice("act", default: Activation.silu) }
        #expect(
            error?.sentence
                == "c.json: \"act\" is \"mish\", which is not supported: supported are \"silu\", \"gelu\".")
    }

    @Test func requiredValuesPassOrAreRefused() throws {
        let reader = try reader(#"{"a":null,"b":"default","c":"other"}"#)
        try reader.require("a", in: [.string("default")])
        try reader.require("b", in: [.string("default")])
        try reader.require("absent", in: [.bool(false)])
        #expect(throws: ConfigurationError.self) { try reader.require("c", in: [.string("default")]) }
    }

    @Test func unknownKeysAreThoseNobodyReadInFileOrder() throws {
        let reader = try reader(#"{"z":1,"_class_name":"X","read":2,"dropout":0,"a":3}"#)
        _ = try reader.int("read", default: 0)
        reader.ignore("dropout")
        #expect(reader.unknownKeys == ["z", "a"])
    }

    @Test(arguments: ["[]", "1", "null", "\"x\""]) func otherDocumentsAreRefused(text: String) {
        #expect(throws: ConfigurationError.self) { try reader(text) }
    }
}
