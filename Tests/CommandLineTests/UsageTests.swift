import Foundation
import TestSupport
import Testing

/// What is refused before anything is loaded or written: exit code 2, a sentence, and nothing else.
@Suite(.serialized) struct UsageTests {
    struct Refusal: Sendable {
        var arguments: [String]
        var says: String

        init(_ arguments: [String], _ says: String) {
            self.arguments = arguments
            self.says = says
        }
    }

    static let refusals = [
        Refusal([], "There is no prompt"),
        Refusal(["a", "red", "cube"], "in quotes"),
        Refusal(["a", "--prompt", "b"], "more than one prompt"),
        Refusal(["a", "--stepz", "3"], "Did you mean '--steps'?"),
        Refusal(["a", "-x"], "Unknown option '-x'"),
        Refusal(["a", "--steps"], "Missing value for '--steps"),
        Refusal(["a", "--steps", "1.5"], "'1.5' is invalid"),
        Refusal(["a", "--steps", "0"], "--steps is \"0\", expected 1 to 1000"),
        Refusal(["a", "--steps", "1000000"], "1000000 steps were asked for"),
        Refusal(["a", "--width", "0"], "--width is \"0\", expected a multiple of"),
        Refusal(["a", "--width", "-64"], "--width is \"-64\""),
        Refusal(["a", "--height", "1000000000"], "--height is \"1000000000\""),
        Refusal(["a", "--size", "65x64"], "--width is \"65\""),
        Refusal(["a", "--size", "64"], "expected two numbers"),
        Refusal(["a", "--cfg-scale", "nan"], "'nan' is invalid for '--cfg-scale"),
        Refusal(["a", "--cfg-scale", "1e400"], "'1e400' is invalid for '--cfg-scale"),
        Refusal(["a", "--eta", "2"], "--eta is \"2\""),
        Refusal(["a", "--clip-skip", "99"], "--clip-skip is \"99\""),
        Refusal(["a", "--batch-count", "0"], "--batch-count is \"0\", expected 1 to"),
        Refusal(["a", "--batch-count", "9999999"], "expected 1 to"),
        Refusal(["a", "--sampler", "ddmi"], "Did you mean \"ddim\"?"),
        Refusal(["a", "--scheduler", "linspac"], "Did you mean linspace?"),
        Refusal(["a", "--scheduler", "ddpm", "--sampler", "ddim"], "expected leading, linspace, trailing"),
        Refusal(["a", "--seed", "18446744073709551616"], "--seed is \"18446744073709551616\""),
        Refusal(["a", "--rng", "dice"], "expected torch-cpu, philox"),
        Refusal(["a", "--threads", "0"], "--threads is \"0\""),
        Refusal(["a", "--quality", "101"], "quality is 101"),
        Refusal(["a", "--metadata", "some"], "expected full, none"),
        Refusal(["a", "--progress", "loud"], "expected auto, bar, json, none"),
        Refusal(["a", "--format", "gif"], "expected png, jpeg"),
        Refusal(["a", "-o", "x.gif"], "ends in .gif"),
        Refusal(["a", "-o", "x.png", "--format", "jpeg"], "ends in .png"),
        Refusal(["a", "-o", ""], "output name is empty"),
        Refusal(["a", "-o", "nowhere/x.png"], "The output folder nowhere does not exist. Create it first"),
        Refusal(["a", "-o", "nowhere/"], "The output folder nowhere/ does not exist"),
        Refusal(["a", "-o", "/proc/x.png"], "/proc"),
        Refusal(["a", "-o", "{sed}.png"], "Did you mean {seed}?"),
        Refusal(["a", "-o", "{seed.png"], "brace"),
        Refusal(["a", "-o", "{job}.png", "-b", "2"], "Two of the pictures would have the name output.png"),
        Refusal(["a", "-o", "{seed}.png", "--seed", "1,2", "-b", "2"], "would have the name 2.png"),
        Refusal(["a", "-o", "-", "-b", "2"], "Standard output takes one picture"),
        Refusal(["--prompt-file", "none.txt"], "none.txt cannot be read"),
        Refusal(["a", "-m", ""], "--model is \"\", expected a path"),
        Refusal(["a", "--init_img="], "--init-img is \"\", expected a path"),
        Refusal(["a", "--mask", "x.png"], "Name one with --init-img"),
        Refusal(["a", "--seed", "1..18446744073709551615"], "--seed is \"1..18446744073709551615\", expected at most"),
    ]

    @Test(arguments: refusals)
    func refuses(_ refusal: Refusal) async throws {
        let program = try DiffuseProgram(in: TemporaryFolder())
        let outcome = try await program.run(refusal.arguments)
        #expect(outcome.code == 2)
        #expect(outcome.errors.hasPrefix("error: "))
        #expect(outcome.errors.contains(refusal.says), "\(outcome.errors)")
        #expect(outcome.errors.split(separator: "\n").count == 1)
        #expect(outcome.output.isEmpty)
        #expect(try program.folder.names == [])
    }

    @Test func badBytesAreRefusedInAnyLocale() async throws {
        let program = try DiffuseProgram(in: TemporaryFolder())
        let argument = try await program.shell(#"LANG=C "$0" "$(printf 'a \377 b')""#)
        #expect(argument.code == 2 && argument.errors.contains("is not valid UTF-8"))
        let input = try await program.run(["-"], input: [0x61, 0xFF])
        #expect(input.code == 2 && input.errors.contains("Standard input is not valid UTF-8"))
        let zero = try await program.run(["-"], input: [0x61, 0])
        #expect(zero.code == 2 && zero.errors.contains("NUL"))
    }

    @Test func aModelThatIsNotThereIsNamed() async throws {
        let program = try DiffuseProgram(in: TemporaryFolder())
        let named = try await program.run(["a"], model: "/nonexistent/model")
        #expect(named.code == 2 && named.errors.contains("/nonexistent/model does not exist"))
        let set = try await program.run(["a"], model: nil, environment: ["DIFFUSE_MODEL": "/nonexistent/model"])
        #expect(set.code == 2 && set.errors.contains("DIFFUSE_MODEL is /nonexistent/model"))
    }

    @Test func errorsAreJSONWherePeopleAskForIt() async throws {
        let program = try DiffuseProgram(in: TemporaryFolder())
        for arguments in [
            ["--progress=json"], ["--progress", "json", "a", "--foo"], ["a", "-o", "", "--progress", "json"],
        ] {
            let outcome = try await program.run(arguments)
            let event = try #require(try outcome.events.first)
            #expect(outcome.code == 2 && event["event"] as? String == "error")
            #expect((event["message"] as? String)?.isEmpty == false && event["code"] is String)
        }
    }
}
