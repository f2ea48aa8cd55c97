import DiffuseCLI
import Testing

struct ArgumentRewriterTests {
    private static let table = FlagTable(
        shortNames: ["p": "prompt", "s": "seed", "q": "quiet", "v": "verbose"],
        aliases: ["uncond-prompt": "negative-prompt", "res": "size"], switches: ["quiet", "verbose"],
        pairs: ["size": ("width", "height")])

    @Test(arguments: [
        (["a cat"], ["--", "a cat"]),
        (["-p", "a cat"], ["--prompt=a cat"]),
        (["--seed", "-1"], ["--seed=-1"]),
        (["-s", "-1"], ["--seed=-1"]),
        (["-s42"], ["--seed=42"]),
        (["-s=42"], ["--seed=42"]),
        (["--uncond_prompt", "x"], ["--negative-prompt=x"]),
        (["--uncond_prompt=x=y_z"], ["--negative-prompt=x=y_z"]),
        (["--prompt", "-5 degrees"], ["--prompt=-5 degrees"]),
        (["--prompt", "--weird --prompt"], ["--prompt=--weird --prompt"]),
        (["-5 degrees"], ["--", "-5 degrees"]),
        (["--prompt", ""], ["--prompt", ""]),
        (["--prompt="], ["--prompt", ""]),
        (["--seed", "--quiet"], ["--seed", "--quiet"]),
        (["--seed"], ["--seed"]),
        (["-qv", "x"], ["--quiet", "--verbose", "--", "x"]),
        (["-qs", "x"], ["-qs", "--", "x"]),
        (["--res", "64x128"], ["--width=64", "--height=128"]),
        (["--size=64×128"], ["--width=64", "--height=128"]),
        (["-"], ["--", "-"]),
        (["-p", "-"], ["--prompt=-"]),
        (["--quiet", "--", "--seed"], ["--quiet", "--", "--seed"]),
        (["--unknown_thing", "x"], ["--unknown-thing=x"]),
        (["-x", "y"], ["-x", "--", "y"]),
        (["-h"], ["--help"]),
    ])
    func rewrites(_ arguments: [String], _ expected: [String]) throws {
        #expect(try ArgumentRewriter.rewrite(arguments, Self.table) == expected)
    }

    @Test(arguments: ["128", "1x2x3", ""])
    func aSizeIsTwoNumbers(_ size: String) {
        #expect(throws: UsageError.self) { try ArgumentRewriter.rewrite(["--size", size], Self.table) }
    }
}
