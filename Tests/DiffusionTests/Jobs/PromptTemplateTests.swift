import Diffusion
import Testing

/// Alternatives and variables in prompts, through jobs.
@Suite struct PromptTemplateTests {
    private func prompts(_ prompt: String, more: String = "") throws -> [String] {
        try Jobs.job("\"prompt\": \"\(prompt)\"\(more)").prompts
    }

    @Test(arguments: [
        ("plain", ["plain"]), ("", [""]), ("{a|b}", ["a", "b"]), ("a {|b}", ["a ", "a b"]),
        ("{a|b} {c|d}", ["a c", "a d", "b c", "b d"]), ("{a|{b|c} d}", ["a", "b d", "c d"]),
        ("{{a}} {b}", ["{{a}} {b}"]), ("{a|b} {c}", ["a {c}", "b {c}"]), ("a|b", ["a|b"]), ("{a|b", ["{a|b"]),
        ("a}b{c|d}", ["a}bc", "a}bd"]), ("{a {b} c|d}", ["a {b} c", "d"]), ("{a|b|c|}", ["a", "b", "c", ""]),
        ("{é|漢😀}x", ["éx", "漢😀x"]),
    ])
    func alternativesExpandRightmostFastest(prompt: String, expected: [String]) throws {
        #expect(try prompts(prompt) == expected)
    }

    @Test(arguments: [
        (#"\\{a|b\\}"#, "{a|b}"), (#"\\$a"#, "$a"), (#"a\\(b\\)"#, #"a\(b\)"#), (#"\\\\"#, #"\\"#),
        ("$5 {b}", "$5 {b}"), ("$ {a}", "$ {a}"),
    ])
    func signsCanBeTakenAsTheyAre(prompt: String, expected: String) throws {
        #expect(try prompts(prompt) == [expected])
    }

    @Test func anEscapedBarStaysInItsAlternative() throws {
        #expect(try prompts(#"{a\\|b|c}"#) == ["a|b", "c"])
    }

    @Test func variablesArePutInAsTheyAre() throws {
        let vars = #", "vars": {"animal": "{fox|owl} $x", "n": 3, "is_big": true}"#
        #expect(try prompts("a $animal", more: vars) == ["a {fox|owl} $x"])
        #expect(try prompts("${n}rd {$animal|$is_big}", more: vars) == ["3rd {fox|owl} $x", "3rd true"])
    }

    @Test func unknownVariablesAreRefusedWithTheNearest() throws {
        let problem = try #require(Jobs.problems(ofJob: #""prompt": "a $anmal", "vars": {"animal": "fox"}"#).first)
        #expect(problem.code == "job-file.prompt" && problem.field == "prompt")
        #expect(problem.problem.contains("$anmal"))
        #expect(problem.remedy?.contains("$animal") == true)
        #expect(Jobs.problems(ofJob: #""prompt": "for $money""#).first?.remedy?.contains("\\$") == true)
    }

    @Test func negativePromptsExpandAfterThePrompt() throws {
        let plan = try Jobs.job(#""prompt": "{a|b}", "negative_prompt": "{x|$y}", "vars.y": "z""#)
        let pairs = plan.renders.map { "\($0.request.prompt)\($0.request.negativePrompt)" }
        #expect(pairs == ["ax", "az", "bx", "bz"])
    }

    @Test func nestingAndCountsAreBounded() throws {
        let deep = String(repeating: "{a|", count: 40) + String(repeating: "}", count: 40)
        #expect(Jobs.problems(ofJob: "\"prompt\": \"\(deep)\"").first?.problem.contains("32 deep") == true)
        let many = String(repeating: "{a|b}", count: 40)
        #expect(Jobs.problems(ofJob: "\"prompt\": \"\(many)\"").first?.problem.contains("5000000") == true)
        // Twelve times a hundred alternatives: 10²⁴.
        let hundred = "{" + String(repeating: "a|", count: 99) + "b}"
        let huge = String(repeating: hundred, count: 12)
        #expect(Jobs.problems(ofJob: "\"prompt\": \"\(huge)\"").first?.code == "job-file.prompt")
    }

    @Test func linesOfATextFileHaveAlternativesAndNoVariables() throws {
        let plan = try Jobs.plan("a {red|blue} cube\ncosts $money\n", name: "t.txt")
        #expect(plan.prompts == ["a red cube", "a blue cube", "costs $money"])
    }
}
