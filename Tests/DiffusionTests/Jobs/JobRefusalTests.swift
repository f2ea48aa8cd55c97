import Diffusion
import DiffusionBasics
import TestSupport
import Testing

/// Broken files, cases 36 to 48 of the list that reliability is judged by.
@Suite struct JobRefusalTests {
    // MARK: - 36

    @Test(arguments: [
        ("", 1, 1), ("  \n ", 2, 2), (#"{"jobs": ["a""#, 1, 14), (#"{"jobs": ["a"]} {}"#, 1, 17),
        ("[\"a\"]\n[\"b\"]", 2, 1),
        ("{\"jobs\": [\"a\",\n]}", 2, 1), (#"[{"steps": 1,}]"#, 1, 14), ("[\"a\" \"b\"]", 1, 6), ("nul", 1, 1),
        ("7", 1, 1),
        ("[{\"prompt\": \"a\nb\"}]", 1, 15), ("[{'prompt': 1}]", 1, 3), ("[\"\\ud800\"]", 1, 9), ("\u{FEFF}[]", 1, 1),
    ])
    func brokenJSONIsRefusedWithItsPlace(text: String, line: Int, column: Int) throws {
        let error = try #require(throws: JSONError.self) { try Jobs.plan(text) }
        #expect(error.position == JSONNode.Position(line: line, column: column))
        #expect(error.sentence.contains("line \(line), column \(column)"))
    }

    @Test func otherEncodingsSayWhatToDo() throws {
        for text in [[0xEF, 0xBB, 0xBF] + Array("[\"a\"]".utf8), [0xFF, 0xFE, 0x5B, 0, 0x5D, 0]] as [[UInt8]] {
            let error = try #require(throws: JSONError.self) { try Jobs.plan(text, name: "t.json") }
            #expect(error.remedy == "Save it as UTF-8 without a byte-order mark.")
        }
        #expect(try Jobs.plan([0xEF, 0xBB, 0xBF] + Array("a cat\r\n".utf8), name: "t.txt").prompts == ["a cat"])
        let error = try #require(throws: JobFileError.self) {
            try Jobs.plan(Array(repeating: [0xC3, 0x28, 0x0A], count: 9).flatMap(\.self), name: "t.dat")
        }
        #expect(error.problems.map(\.code) == ["job-file.not-utf8"])
    }

    @Test(arguments: ["t.csv", "t.YAML", "t.toml"]) func tablesAreNotTakenForPrompts(name: String) throws {
        let problem = try #require(Jobs.problems("prompt,seed\na cat,1\n", name: name).first)
        #expect(
            problem.code == "job-file.shape" && problem.problem.contains("ends in .\(name.dropFirst(2).lowercased())"))
        #expect(problem.remedy?.contains(".txt") == true)
    }

    @Test(arguments: ["[]", "{\"jobs\": []}"]) func filesWithoutJobsAreRefused(text: String) {
        #expect(Jobs.problems(text).map(\.code) == ["job-file.empty"])
    }

    @Test func emptyTextsAreRefused() {
        #expect(Jobs.problems("\n \n", name: "t.txt").map(\.code) == ["job-file.empty"])
        #expect(Jobs.problems("", name: "t.jsonl").map(\.code) == ["job-file.empty"])
    }

    @Test func brokenLinesAreAllReported() {
        let problems = Jobs.problems("{\"steps\": 1}\n{\"steps\": 1,}\n[1]\n{\"steps\": 1} x\n", name: "t.jsonl")
        #expect(problems.map(\.code) == ["job-file.syntax", "job-file.wrong-type", "job-file.syntax"])
        #expect(problems.map { $0.position?.line } == [2, 3, 4])
    }

    @Test func aFrameWithoutJobsIsRefused() {
        #expect(Jobs.problems(#"{"version": 1, "defaults": {}}"#).first?.problem.contains("no \"jobs\"") == true)
        #expect(Jobs.problems(#"{"jobs": "a"}"#).map(\.code) == ["job-file.wrong-type"])
        #expect(Jobs.problems(#"{"version": 2, "jobs": ["a"]}"#).map(\.field) == ["version"])
    }

    // MARK: - 37 and 38

    @Test(arguments: [
        (#"[{"promt": "a"}]"#, "prompt"), (#"[{"stepss": 3}]"#, "steps"), (#"[{"cfg-scale": 3}]"#, "cfg_scale"),
        (#"[{"matrixx": {}}]"#, "matrix"), (#"[{"matrix": {"stps": [1]}}]"#, "steps"),
        (#"{"jbos": [], "jobs": ["a"]}"#, "jobs"), (#"{"output": {"dri": "x"}, "jobs": ["a"]}"#, "dir"),
        (#"{"run": {"retris": 1}, "jobs": ["a"]}"#, "retries"), (#"{"defaults": {"stes": 1}, "jobs": ["a"]}"#, "steps"),
    ])
    func unknownKeysAreRefusedWithTheNearest(text: String, nearest: String) throws {
        let problem = try #require(Jobs.problems(text).first)
        #expect(problem.code == "job-file.unknown-key" && problem.position != nil)
        #expect(problem.remedy == "Did you mean \"\(nearest)\"?")
    }

    @Test func keysFarFromAnyAreRefusedToo() {
        #expect(Jobs.problems(ofJob: #""zzzzzzzz": 1"#).first?.remedy == "Keys of your own begin with x_.")
        #expect(Jobs.problems(#"{"steps": 3, "jobs": ["a"]}"#).first?.remedy?.contains("defaults") == true)
    }

    @Test func duplicateKeysAreRefused() {
        #expect(throws: JSONError.self) { try Jobs.plan(#"[{"steps": 1, "steps": 1}]"#) }
        #expect(throws: JSONError.self) { try Jobs.plan(#"{"jobs": ["a"], "jobs": ["a"]}"#) }
        #expect(Jobs.problems(ofJob: #""steps": 1, "num_inference_steps": 1"#).map(\.code) == ["job-file.given-twice"])
        #expect(Jobs.problems(ofJob: #""vars": {"a": 1}, "vars.a": 1"#).map(\.code) == ["job-file.given-twice"])
    }

    // MARK: - 39 to 42

    @Test(arguments: [
        (#""width": 0"#, "width"), (#""width": -8"#, "width"), (#""width": 1.5"#, "width"), (#""width": 1e9"#, "width"),
        (#""width": 13"#, "width"), (#""height": 13"#, "height"), (#""width": "64""#, "width"),
        (#""height": []"#, "height"),
        (#""steps": 0"#, "steps"), (#""steps": 1000000"#, "steps"), (#""steps": 99999999999999999999"#, "steps"),
        (#""steps": true"#, "steps"), (#""cfg_scale": 1e400"#, "cfg_scale"), (#""cfg_scale": -1e9"#, "cfg_scale"),
        (#""cfg_scale": "NaN""#, "cfg_scale"), (#""guidance_scale": 1e9"#, "cfg_scale"), (#""eta": 2"#, "eta"),
        (#""eta": -0.1"#, "eta"), (#""denoising_strength": 1.01"#, "denoising_strength"),
        (#""clip_skip": 999"#, "clip_skip"),
        (#""clip_skip": -1"#, "clip_skip"), (#""n_iter": 0"#, "n_iter"), (#""batch_size": 0"#, "batch_size"),
        (#""guidance_rescale": 7"#, "guidance_rescale"), (#""sampler_name": "dddim""#, "sampler_name"),
        (#""scheduler": "karas""#, "scheduler"), (#""rng": "gpu""#, "rng"), (#""prompt": 7"#, "prompt"),
        (#""prompt": ["a", "b"]"#, "prompt"), (#""seed": "1..3""#, "seed"),
        (#""init_images": ["a", "b"]"#, "init_images"),
        (#""model": """#, "model"), (#""id": """#, "id"), (#""vars": {"a b": 1}"#, "vars.a b"),
        (#""vars": [1]"#, "vars"),
        (#""matrix": [1]"#, "matrix"), (#""zip": 3"#, "zip"), (#""exclude": [3]"#, "exclude"),
        (#""exclude": {}"#, "exclude"),
        (#""depends_on": [true]"#, "depends_on"),
    ])
    func valuesOutOfRangeAreRefusedAtTheirPlace(member: String, field: String) throws {
        let problems = Jobs.problems("[\"fine\",\n{\(member)}]")
        #expect(problems.count == 1)
        let problem = try #require(problems.first)
        #expect(problem.field == field && problem.job != nil)
        #expect(problem.position?.line == 2)
    }

    @Test func numbersThatJSONDoesNotHaveAreRefused() {
        #expect(throws: JSONError.self) { try Jobs.job(#""cfg_scale": NaN"#) }
        #expect(throws: JSONError.self) { try Jobs.job(#""cfg_scale": Infinity"#) }
    }

    @Test func wholeNumbersMayBeWrittenAsFractions() throws {
        #expect(try Jobs.job(#""width": 64.0, "steps": 2e1"#).onlyRequest.steps == 20)
    }

    @Test func valuesInMatricesAreRefusedAtTheirPlace() throws {
        let problem = try #require(Jobs.problems("[{\"matrix\": {\"width\": [64,\n 13]}}]").first)
        #expect(problem.field == "width" && problem.position == JSONNode.Position(line: 2, column: 2))
    }

    @Test func pixelsTimesStepsAreBounded() throws {
        let large = #""width": 16384, "height": 16384, "steps": 900, "sampler_name": "ddim""#
        let problems = Jobs.problems(ofJob: large)
        #expect(problems.map(\.code) == ["job-file.over-budget"])
        #expect(problems[0].remedy?.contains("max_pixel_steps") == true)
        let allowed = "{\"run\": {\"max_pixel_steps\": 300000000000}, \"jobs\": [{\(large)}]}"
        #expect(try Jobs.plan(allowed).renders.count == 1)
    }

    // MARK: - 43 and 44

    @Test func seedsAreOf64Bits() throws {
        #expect(try Jobs.job(#""seed": 18446744073709551615"#).seeds == [UInt64.max])
        for seed in ["18446744073709551616", "-2", "1.5", "\"7\"", "-18446744073709551616"] {
            #expect(Jobs.problems(ofJob: "\"seed\": \(seed)").map(\.field) == ["seed"])
        }
    }

    @Test func promptsWithNULOrBrokenBytesAreRefused() throws {
        #expect(Jobs.problems(ofJob: #""prompt": "a\u0000b""#).map(\.field) == ["prompt"])
        #expect(Jobs.problems(ofJob: #""vars": {"a": "\u0000"}"#).count == 1)
        #expect(Jobs.problems("ok\na\0b\n", name: "t.txt").map(\.field) == ["prompt"])
        #expect(throws: JSONError.self) {
            try Jobs.plan(Array("[\"".utf8) + [0xFF] + Array("\"]".utf8), name: "t.json")
        }
        let error = try #require(throws: JobFileError.self) {
            try Jobs.plan(Array("ok\n".utf8) + [0xC3, 0x28], name: "t.txt")
        }
        #expect(error.problems.map(\.code) == ["job-file.not-utf8"])
        #expect(error.problems[0].position?.line == 2)
    }

    @Test func longPromptsAreCutWithAWarning() throws {
        let plan = try Jobs.job("\"prompt\": \"\(String(repeating: "cat ", count: 10_000))\"")
        #expect(plan.renders.count == 1)
        #expect(plan.warnings.count == 1 && plan.warnings[0].contains("10000 tokens"))
        #expect(try Jobs.job(#""prompt": "a cat""#).warnings.isEmpty)
    }

    // MARK: - All at once

    @Test func allProblemsAreReportedTogether() throws {
        let text =
            #"{"version": 3, "defaults": {"eta": 2}, "jobs": [{"steps": 0, "width": -1}, {"promt": "a"}, "fine"]}"#
        let error = try #require(throws: JobFileError.self) { try Jobs.plan(text) }
        #expect(error.problems.map(\.field) == ["version", "eta", "steps", "width", "promt"])
        #expect(error.code == "job-file.invalid" && !error.isCut)
        let lines = error.sentence.split(separator: "\n")
        #expect(lines.count == 6 && lines[0] == "t.json has 5 problems:")
        #expect(lines[3].contains("job \"0\" (line 1, column 59): steps is the number 0, expected"))
    }

    @Test func aSlipInTheDefaultsIsReportedOnce() {
        let jobs = Array(repeating: "\"a\"", count: 50).joined(separator: ",")
        #expect(Jobs.problems("{\"defaults\": {\"width\": 13}, \"jobs\": [\(jobs)]}").count == 1)
    }

    @Test func theListIsBounded() throws {
        let jobs = (0..<100).map { "{\"steps\": -\($0)}" }.joined(separator: ",")
        let error = try #require(throws: JobFileError.self) { try Jobs.plan("[\(jobs)]") }
        #expect(error.problems.count == JobFileError.limit && error.isCut)
        #expect(error.sentence.contains("20 problems or more"))
    }

    @Test func modelsThatAreNotThereAreRefusedOnce() throws {
        let text = Array("[{\"model\": \"/nowhere\"}, {\"model\": \"/nowhere\"}]".utf8)
        let error = try #require(throws: JobFileError.self) { try JobPlan(JobFile(data: text, name: "t.json")) }
        #expect(error.problems.map(\.field) == ["model"])
        #expect(error.problems[0].position == JSONNode.Position(line: 1, column: 12))
    }
}
