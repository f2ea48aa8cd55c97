import Diffusion
import DiffusionBasics
import TestSupport
import Testing

/// The forms that a job file may have.
@Suite struct JobFormTests {
    private func form(_ text: String, _ name: String) throws -> (JobFile.Form, [String]) {
        (try JobFile(data: Array(text.utf8), name: name).form, try Jobs.plan(text, name: name).prompts)
    }

    @Test(arguments: ["t.json", "t", "standard input"]) func documentsAreKnownByTheirText(name: String) throws {
        let object = try form(#"{"jobs": ["a", {"prompt": "b"}]}"#, name)
        #expect(object.0 == .object && object.1 == ["a", "b"])
        let array = try form(#" [ "a", {"prompt": "b"} ] "#, name)
        #expect(array.0 == .array && array.1 == ["a", "b"])
        let payload = try form(#"{"prompt": "a", "steps": 3}"#, name)
        #expect(payload.0 == .payload && payload.1 == ["a"])
    }

    @Test(arguments: ["t.jsonl", "T.NDJSON", "standard input"]) func jobsComeALine(name: String) throws {
        let lines = try form("{\"prompt\": \"a\"}\r\n\n  {\"prompt\": \"b\"}  \n", name)
        #expect(lines.0 == .lines && lines.1 == ["a", "b"])
    }

    @Test func linesMayBePromptsInQuotes() throws {
        let lines = try form("\"a\"\n{\"prompt\": \"b\"}", "t.jsonl")
        #expect(lines.0 == .lines && lines.1 == ["a", "b"])
    }

    @Test(arguments: ["t.txt", "standard input", "t.prompts"]) func promptsComeALine(name: String) throws {
        let lines = try form("\u{FEFF}a cat\r\n\n \t\n  a dog \n", name)
        #expect(lines.0 == .prompts && lines.1 == ["a cat", "a dog"])
        #expect(try form("{a|b} cat", name).1 == ["a cat", "b cat"])
        #expect(try form("[masterpiece] cat", name).1 == ["[masterpiece] cat"])
    }

    @Test func aTextFileIsNeverJSON() throws {
        #expect(try form(#"{"prompt": "a"}"#, "t.txt").1 == [#"{"prompt": "a"}"#])
    }

    @Test func placesAreThoseOfTheFile() throws {
        let plan = try Jobs.plan("{\"jobs\": [\n  \"a\",\n    {\"prompt\": \"b\"}]}")
        let places = plan.renders.map(\.source)
        #expect(places == [JSONNode.Position(line: 2, column: 3), JSONNode.Position(line: 3, column: 5)])
        let lines = try Jobs.plan("\n {\"prompt\": \"a\"}", name: "t.jsonl")
        #expect(lines.renders[0].source == JSONNode.Position(line: 2, column: 2))
    }

    @Test func placesWithinAJobAreThoseOfTheFile() throws {
        let array = try #require(Jobs.problems("[\"a\",\n  {\"prompt\": \"b\",\n   \"steps\": 0}]").first)
        #expect(array.position == JSONNode.Position(line: 3, column: 13))
        let lines = try #require(Jobs.problems("{\"prompt\": \"a\"}\n{\"steps\": 0}", name: "t.jsonl").first)
        #expect(lines.position == JSONNode.Position(line: 2, column: 11))
        #expect(lines.description.contains("t.jsonl, job \"1\" (line 2, column 11): steps is the number 0"))
    }

    @Test func filesAndStreamsAreRead() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("x.txt", "a\nb")
        #expect(try JobFile(contentsOf: path).jobCount == 2)
        #expect(throws: (any Error).self) { try JobFile(contentsOf: "\(folder.path)/missing.json") }
        #expect(throws: (any Error).self) { try JobFile(contentsOf: folder.path) }
        #expect(try JobFile(contentsOf: "/dev/null").jobCount == 0)
    }

    @Test func theNameIsTheFilesUnlessItSaysOne() throws {
        #expect(try Jobs.plan("[\"a\"]", name: "some/where/castles.v2.json").name == "castles")
        #expect(try Jobs.plan(#"{"name": "n", "jobs": ["a"]}"#).name == "n")
    }
}
