import DiffusionBasics
import Testing

@Suite struct JSONWriterTests {
    @Test(arguments: [
        "null", "true", "-1.50e+3", "[]", "{}", #"{"b":[1,{"a":"x"}],"a":null}"#, #""\"\\\n\r\t\u0001é/😀""#,
    ])
    func writesWhatItReads(text: String) throws {
        #expect(try JSONParser.parse(Array(text.utf8), file: "t").serialized == text)
    }

    @Test func quotesControlCharacters() {
        #expect(JSONNode.quoted("\u{1B}[31m\u{0}") == #""\u001b[31m\u0000""#)
    }
}
