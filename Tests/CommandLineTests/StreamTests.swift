import DiffusionWeights
import Foundation
import TestSupport
import Testing

/// Prompts that come in, progress and paths that go out.
@Suite(.serialized) struct StreamTests {
    private let program: DiffuseProgram
    private var folder: TemporaryFolder { program.folder }

    init() throws { program = try DiffuseProgram(in: TemporaryFolder()) }

    private static let prompt = "ein Fuchs über 東京 🦊, café"
    private static let common = ["--steps", "2", "--seed", "3", "-q"]

    @Test func aPromptIsTheSameWhereverItComesFromAndInEveryLocale() async throws {
        try folder.write("prompt.txt", Self.prompt + "\n")
        #expect(try await program.run([Self.prompt, "-o", "words.png"] + Self.common).code == 0)
        let words = try folder.bytes("words.png")
        #expect(String(decoding: words, as: UTF8.self).contains(Self.prompt))
        let ways: [([String], String)] = [
            (["--prompt", Self.prompt], ""), (["-"], Self.prompt), (["-p", "-"], Self.prompt + "\r\n"),
            (["--prompt-file", "prompt.txt"], ""), (["--prompt-file", "-"], "\u{FEFF}" + Self.prompt),
        ]
        for (arguments, input) in ways {
            for locale in ["C", "de_DE.UTF-8"] {
                let outcome = try await program.run(
                    arguments + Self.common + ["-o", "other.png", "--force"], input: Array(input.utf8),
                    environment: ["LANG": locale, "LC_ALL": locale, "TZ": "Asia/Tokyo"])
                #expect(outcome.code == 0, "\(outcome.errors)")
                #expect(try folder.bytes("other.png") == words, "\(arguments) \(locale)")
            }
        }
    }

    @Test func aPromptMayBeEmptyOrBeginWithADash() async throws {
        for arguments in [["--prompt", ""], ["-p", "-5 degrees"], ["--", "--seed"], ["--prompt=--seed"]] {
            #expect(try await program.run(Self.common + arguments).code == 0, "\(arguments)")
        }
    }

    @Test func jsonProgressIsOneObjectALine() async throws {
        let outcome = try await program.run(["a (cat:1.2)", "--steps", "2", "-b", "2", "-s", "5", "--progress", "json"])
        let events = try outcome.events
        let names = events.compactMap { $0["event"] as? String }
        #expect(
            names.filter { $0 != "warning" } == [
                "plan", "loading", "loaded", "prompt", "step", "step", "image", "prompt", "step", "step", "image",
                "done",
            ])
        #expect(names.contains("warning"))
        let images = events.filter { $0["event"] as? String == "image" }
        #expect(images.compactMap { $0["path"] as? String } == outcome.paths)
        #expect(images.compactMap { $0["seed"] as? Int } == [5, 6])
        #expect(events.last?["images"] as? Int == 2)
    }

    @Test func standardErrorIsPlainWhereItIsNoTerminal() async throws {
        let outcome = try await program.run(["a cat", "--steps", "2", "-s", "5"])
        #expect(!outcome.errors.contains("\r") && !outcome.errors.contains("\u{1B}"))
        #expect(outcome.errors.contains("seed 5"))
        let asked = try await program.run(["a cat", "--steps", "2", "--progress", "bar"])
        #expect(asked.errors.contains("step 2/2,") && asked.errors.contains("s/step"))
    }

    @Test func verboseTellsStagesAndMemory() async throws {
        let outcome = try await program.run(["a cat", "--steps", "2", "-v"])
        for word in ["model: ", "load: ", "encode ", "denoise ", "decode ", "write ", "peak memory: "] {
            #expect(outcome.errors.contains(word), "\(word)")
        }
    }

    @Test func warningsAreToldOnce() async throws {
        let outcome = try await program.run(["a (cat:1.2)", "--steps", "1", "-b", "3", "--scheduler", "DDPM"])
        let warnings = outcome.errors.split(separator: "\n").filter { $0.hasPrefix("warning: ") }
        #expect(warnings.count == 2)
        #expect(warnings.first?.contains("taken as --sampler DDPM") == true)
        #expect(String(decoding: try folder.bytes("output.png"), as: UTF8.self).contains("Sampler: DDPM"))
    }

    @Test func picturesDoNotDependOnTheNumberOfThreads() async throws {
        for threads in [1, 2, 3, 8] {
            let outcome = try await program.run(
                ["a cat", "--size", "72x104", "-t", "\(threads)", "-o", "\(threads).png"] + Self.common)
            #expect(outcome.code == 0)
            #expect(try folder.bytes("\(threads).png") == folder.bytes("1.png"), "\(threads) threads")
        }
    }

    @Test(arguments: ["2>&-", ">&-", ">&- 2>&-", "<&- >&- 2>&-", "2>/dev/full"])
    func closedStreamsSpoilNothing(_ redirection: String) async throws {
        let arguments = [DiffuseProgram.smallModel]
        let outcome = try await program.shell(
            "\"$0\" 'a cat' --steps 2 -s 3 -m \"$1\" -o a.png \(redirection)", arguments)
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(try await program.run(["a cat", "--steps", "2", "-s", "3", "-o", "b.png"]).code == 0)
        #expect(try folder.bytes("a.png") == folder.bytes("b.png"))
        #expect(try folder.names == ["a.png", "b.png"])
    }

    @Test func aReaderThatLeavesIsNoSilentDeath() async throws {
        let script = "{ \"$0\" 'a cat' --steps 2 -m \"$1\" -o - 2>said; echo $? >code; } | true"
        #expect(try await program.shell(script, [DiffuseProgram.smallModel]).code == 0)
        #expect(String(decoding: try folder.bytes("code"), as: UTF8.self) == "3\n")
        #expect(String(decoding: try folder.bytes("said"), as: UTF8.self).contains("error: Standard output was closed"))
    }
}
