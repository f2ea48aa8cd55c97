import Foundation
import TestSupport
import Testing

/// What shells and the manual are generated from.
@Suite(.serialized) struct CompletionTests {
    private let program: DiffuseProgram

    init() throws { program = try DiffuseProgram(in: TemporaryFolder()) }

    private func output(_ arguments: [String]) async throws -> String {
        let outcome = try await program.run(arguments, model: nil)
        try #require(outcome.code == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        return String(decoding: outcome.output, as: UTF8.self)
    }

    /// The long names in a text.
    private func flags(in help: String) -> Set<String> {
        Set(help.matches(of: #/--([a-z][a-z0-9-]+)/#).map { String($0.1) })
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func scriptsOfferEveryFlagAndCommand(_ shell: String) async throws {
        let script = try await output(["--generate-completion-script", shell])
        let offered =
            shell == "fish" ? Set(script.matches(of: #/-l '([a-z-]+)'/#).map { String($0.1) }) : flags(in: script)
        let known = flags(in: try await output(["--help-hidden"])).subtracting(["help-hidden"])
        #expect(known.subtracting(offered) == [])
        #expect(offered.contains("size") && offered.contains("json"))
        for word in ["benchmark", "decode", "encode", "help", "inspect", "samplers", "tokens", "dpmpp_2m", "karras"] {
            #expect(script.contains(word), "\(word)")
        }
    }

    /// Runs the script in bash, which every machine has: words typed so far, what is offered.
    @Test(arguments: [
        (["sam"], ["samplers"]), (["--st"], ["--strength", "--steps"]),
        (["a cat", "--st"], ["--strength", "--steps"]), (["inspect", "--j"], ["--json"]),
        (["tokens", "--m"], ["--model"]), (["samplers", "--st"], []),
        (["a cat", "--sampler", "dpmpp_2"], ["dpmpp_2m", "dpmpp_2s"]),
        (["--seed", "5", "--sav"], ["--save-latents", "--save-every"]),
    ])
    func bashCompletes(_ words: [String], _ offers: [String]) async throws {
        let script = """
            . <("$0" --generate-completion-script bash)
            COMP_WORDS=(diffuse "$@") COMP_CWORD=$# COMP_LINE="diffuse $*" COMP_POINT=${#COMP_LINE}
            _diffuse diffuse "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}"
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        let outcome = try await program.run(
            ["-c", script, DiffuseProgram.path] + words, model: nil, program: "/bin/bash")
        #expect(Set(outcome.paths).isSuperset(of: offers) && outcome.paths.isEmpty == offers.isEmpty, "\(outcome)")
    }

    @Test func theTreeNamesEverythingForTheManual() async throws {
        let tree = try await output(["--experimental-dump-help"])
        let object = try #require(JSONSerialization.jsonObject(with: Data(tree.utf8)) as? [String: Any])
        let root = try #require(object["command"] as? [String: Any])
        let arguments = try #require(root["arguments"] as? [[String: Any]])
        #expect(arguments.allSatisfy { $0["shouldDisplay"] as? Bool == true })
        let commands = try #require(root["subcommands"] as? [[String: Any]])
        #expect(Set(commands.compactMap { $0["commandName"] as? String }).isSuperset(of: ["inspect", "samplers"]))
        let discussion = try #require(root["discussion"] as? String)
        for words in ["--ckpt", "--guidance-scale", "DIFFUSE_MODEL", "75 passing trouble"] {
            #expect(discussion.contains(words), "\(words)")
        }
    }

    @Test func anUnknownShellIsRefused() async throws {
        let outcome = try await program.run(["--generate-completion-script", "tcsh"], model: nil)
        #expect(outcome.code == 2 && outcome.output.isEmpty && outcome.errors.contains("tcsh"))
    }

    @Test func helpIsAWordToo() async throws {
        #expect(try await output(["help"]) == output(["--help"]))
        #expect(try await output(["help", "samplers"]) == output(["samplers", "--help"]))
    }
}
