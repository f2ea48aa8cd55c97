import DiffusionWeights
import Foundation
import TestSupport
import Testing

/// `diffuse batch`: what is rendered, what is skipped, what fails.
@Suite(.serialized) struct BatchRunTests {
    private let batch: BatchProgram

    init() throws { batch = try BatchProgram() }

    private static let two = #"{"name": "two", "defaults": {"steps": 2, "seed": 3}, "jobs": ["a cat", "a dog"]}"#

    @Test func picturesAndResultsAreThere() async throws {
        try batch.write(Self.two)
        let outcome = try await batch.run(["--progress", "json"])
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(outcome.paths == ["out/0000-3.png", "out/0001-3.png"])
        #expect(try batch.leftovers() == [])
        let results = try batch.results()
        #expect(results.compactMap { $0["file"] as? String } == outcome.paths)
        #expect(results.allSatisfy { ($0["sha256"] as? String)?.count == 64 && ($0["key"] as? String)?.count == 64 })
        let events = try outcome.events.compactMap { $0["event"] as? String }
        #expect(events.first == "plan" && events.last == "done" && events.contains("step"))
    }

    @Test func aSecondRunRendersNothingAndLoadsNothing() async throws {
        try batch.write(Self.two)
        #expect(try await batch.run().code == 0)
        let before = try batch.bytes(ofPictures: "out")
        let again = try await batch.run(["--progress", "json"])
        #expect(again.code == 0 && again.paths == [])
        #expect(try again.events.compactMap { $0["event"] as? String } == ["plan", "skipped", "skipped", "done"])
        #expect(try batch.bytes(ofPictures: "out") == before)
        #expect(try batch.statuses() == ["done", "done", "skipped", "skipped"])
    }

    @Test func aPictureDoesAgainWhatItSays() async throws {
        try batch.write(
            #"[{"prompt": "ein Fuchs, 東京", "steps": 3, "seed": 4, "cfg_scale": 5.5, "sampler_name": "Euler a"}]"#)
        #expect(try await batch.run().code == 0)
        let name = try #require(try batch.pictures().first)
        let outcome = try await batch.program.run(["--from-image", "out/\(name)", "-o", "again.png"])
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(try batch.folder.bytes("again.png") == batch.folder.bytes("out/\(name)"))
        // Something else is no render of that job.
        let other = try await batch.program.run(["--from-image", "out/\(name)", "--steps", "2", "-o", "other.png"])
        #expect(other.code == 0)
        let texts = try ["again.png", "other.png"].map { try Self.key(in: batch.folder.bytes($0)) }
        #expect(texts[0] != nil && texts[1] == nil)
    }

    private static func key(in bytes: [UInt8]) throws -> String? {
        String(decoding: bytes, as: UTF8.self).firstMatch(of: /Render key: ([0-9a-f]{64})/).map { String($0.1) }
    }

    @Test(
        arguments: [
            ("resume", 3, ["done", "failed"]), ("skip", 0, ["done", "skipped"]), ("overwrite", 0, ["done", "done"]),
            ("error", 3, ["done", "failed"]), ("number", 0, ["done", "done"]),
        ] as [(String, Int32, [String])])
    func aFileOfSomebodyElse(_ onExists: String, _ code: Int32, _ statuses: [String]) async throws {
        try batch.write(Self.two)
        try batch.folder.write("out/0001-3.png", "mine")
        let outcome = try await batch.run(["--on-exists", onExists, "--batch", "1"])
        #expect(outcome.code == code, "\(outcome.errors)")
        #expect(try batch.statuses().sorted() == statuses)
        let mine = try batch.folder.bytes("out/0001-3.png") == Array("mine".utf8)
        #expect(mine == (onExists != "overwrite"))
        #expect(try batch.pictures().count == (onExists == "number" ? 3 : 2))
    }

    @Test(
        arguments: [
            ("resume", ["done"]), ("skip", ["skipped"]), ("overwrite", ["done"]), ("error", ["failed"]),
            ("number", ["done"]),
        ] as [(String, [String])])
    func aJobThatChanged(_ onExists: String, _ statuses: [String]) async throws {
        try batch.write(#"{"output": {"name": "x.png"}, "jobs": [{"prompt": "a cat", "steps": 2, "seed": 1}]}"#)
        #expect(try await batch.run().code == 0)
        let before = try batch.folder.bytes("out/x.png")
        try batch.write(#"{"output": {"name": "x.png"}, "jobs": [{"prompt": "a cat", "steps": 3, "seed": 1}]}"#)
        _ = try await batch.run(["--on-exists", onExists])
        #expect(try batch.statuses() == ["done"] + statuses)
        let replaces = ["resume", "overwrite"].contains(onExists)
        #expect(try (batch.folder.bytes("out/x.png") != before) == replaces)
        #expect(try batch.pictures().count == (onExists == "number" ? 2 : 1))
    }

    @Test func aPictureThatIsCutOffIsRenderedAgain() async throws {
        try batch.write(Self.two)
        #expect(try await batch.run().code == 0)
        let whole = try batch.folder.bytes("out/0000-3.png")
        try batch.folder.write("out/0000-3.png", Array(whole.dropLast(100)))
        #expect(try await batch.run().paths == ["out/0000-3.png"])
        #expect(try batch.folder.bytes("out/0000-3.png") == whole)
    }

    /// Case 49.
    @Test func oneBadRenderOfTenLeavesTheOthers() async throws {
        try batch.folder.write("bad.png", "no picture")
        let jobs = (0..<10).map { index in
            index == 4 ? #"{"prompt": "p4", "init_images": ["bad.png"]}"# : "\"p\(index)\""
        }
        try batch.write(#"{"defaults": {"steps": 1}, "jobs": ["# + jobs.joined(separator: ",") + "]}")
        let outcome = try await batch.run(["--progress", "json"])
        #expect(outcome.code == 3)
        #expect(try batch.pictures().count == 9)
        let failure = try #require(try batch.results().first { $0["status"] as? String == "failed" })
        #expect(failure["index"] as? Int == 4)
        let error = failure["error"] as? [String: Any]
        #expect((error?["code"] as? String)?.hasPrefix("image.") == true)
        #expect(try outcome.events.last?["failed"] as? Int == 1)
        // Of one size, so that they are made in the file's order.
        let defaults = #"{"steps": 1, "width": 64, "height": 64}"#
        try batch.write(
            #"{"run": {"on_error": "stop"}, "defaults": \#(defaults), "jobs": [\#(jobs.joined(separator: ","))]}"#)
        #expect(try await batch.run(["-o", "stop", "--batch", "3"]).code == 3)
        #expect(try batch.pictures("stop").count == 4)
    }

    @Test func aRenderTakesThePictureOfAnother() async throws {
        let json = """
            {"output": {"name": "{index}.png"}, "defaults": {"steps": 2, "seed": 1}, "jobs": ["a cat",
              {"prompt": "a dog", "init_images": ["out/0.png"], "denoising_strength": 0.6}]}
            """
        try batch.write(json)
        let outcome = try await batch.run()
        #expect(outcome.code == 0, "\(outcome.errors)")
        let alone = try await batch.program.run([
            "a dog", "--init-img", "out/0.png", "--strength", "0.6", "--steps", "2", "--seed", "1", "-o", "alone.png",
        ])
        #expect(alone.code == 0)
        #expect(try Self.pixels(batch.folder.bytes("alone.png")) == Self.pixels(batch.folder.bytes("out/1.png")))
        // Its input changed, and so does it.
        try batch.write(json.replacing("\"a cat\"", with: "\"a cow\""))
        #expect(try await batch.run().paths == ["out/0.png", "out/1.png"])
    }

    /// The compressed pixels of a PNG.
    private static func pixels(_ bytes: [UInt8]) throws -> [UInt8] {
        let start = try #require(bytes.firstRange(of: Array("IDAT".utf8)))
        return Array(bytes[start.lowerBound...])
    }

    @Test func whatNeedsAFailedRenderFails() async throws {
        try batch.folder.write("bad.png", "no picture")
        try batch.write(
            """
            {"output": {"name": "{index}.png"}, "defaults": {"steps": 1}, "jobs": [
              {"id": "first", "prompt": "a", "init_images": ["bad.png"]},
              {"prompt": "b", "init_images": ["out/0.png"]}, {"prompt": "c", "depends_on": ["first"]}, "d"]}
            """)
        let outcome = try await batch.run()
        #expect(outcome.code == 3)
        #expect(try batch.pictures() == ["3.png"])
        let codes = try batch.results().map { ($0["error"] as? [String: Any])?["code"] as? String }
        #expect(codes.count { $0 == "job.dependency-failed" } == 2)
        #expect(outcome.errors.contains("Render 0 of the job \"first\""))
    }
}
