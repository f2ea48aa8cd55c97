import Diffusion
import DiffusionBasics
import TestSupport
import Testing

/// Job files of the tests: with a model of a few kilobytes, unless they name their own.
enum Jobs {
    static var model: String { Fixture("pipeline/sd1_ddim").path }

    static func plan(
        _ text: String, name: String = "t.json", overrides: [String] = [], outputDirectory: String? = nil
    ) throws -> JobPlan {
        try plan(Array(text.utf8), name: name, overrides: overrides, outputDirectory: outputDirectory)
    }

    static func plan(
        _ bytes: [UInt8], name: String, overrides: [String] = [], outputDirectory: String? = nil
    ) throws -> JobPlan {
        var options = JobPlan.Options()
        options.overrides = ["model=\(model)"] + overrides
        options.outputDirectory = outputDirectory
        return try JobPlan(JobFile(data: bytes, name: name), options: options)
    }

    /// One job of JSON members.
    static func job(_ members: String, overrides: [String] = []) throws -> JobPlan {
        try plan("[{\(members)}]", overrides: overrides)
    }

    /// What is wrong with a file; empty, and an issue recorded, where nothing is.
    static func problems(_ text: String, name: String = "t.json", overrides: [String] = []) -> [JobProblem] {
        do {
            _ = try plan(text, name: name, overrides: overrides)
        } catch let error as JobFileError {
            return error.problems
        } catch {
            Issue.record("another error: \(error)")
            return []
        }
        Issue.record("nothing is wrong with \(text.prefix(200))")
        return []
    }

    static func problems(ofJob members: String) -> [JobProblem] { problems("[{\(members)}]") }
}

extension JobPlan {
    var prompts: [String] { renders.map(\.request.prompt) }
    var seeds: [UInt64] { renders.compactMap(\.request.seed) }
    var paths: [String] { renders.map(\.outputPath) }

    var onlyRequest: GenerationRequest {
        get throws {
            #expect(renders.count == 1)
            return try #require(renders.first).request
        }
    }
}
