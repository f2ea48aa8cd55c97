import DiffusionText
import Testing

@Suite struct PromptSyntaxNoteTests {
    @Test(arguments: [
        ("a (red:1.2) face", ["(red:1.2)"]), ("((big:1.1) face:0.9)", ["(big:1.1)"]),
        ("((a) b: 1.3 )", ["((a) b: 1.3 )"]),
        ("a [red] face", ["[red]"]), ("[a|b]", ["[a|b]"]), ("a face BREAK a hand", ["BREAK"]), ("(a:.5)", ["(a:.5)"]),
        ("<lora:add_detail:1>", ["<lora:add_detail:1>"]), ("<hypernet:x:0.5> cat", ["<hypernet:x:0.5>"]),
        ("(x:-1)", ["(x:-1)"]), (") (a:1", []), ("a (red) face", []), ("a (ratio 3:4 or so) x", []), ("()", []),
        ("[]", []), ("\\(red:1.2\\)", []), ("\\[red\\]", []), ("break Break BREAKFAST OUTBREAK", []), ("a < b > c", []),
        ("<|endoftext|>", []), ("<:x>", []), ("<x:>", []), ("(:1.2)", []), ("", []), ("smile :) at 10:30", []),
        ("<lora:x:1> (a:1.5) BREAK [b] [c]", ["(a:1.5)", "[b]", "BREAK", "<lora:x:1>"]),
    ]) func findsWhatOthersReadAsInstructions(_ prompt: String, _ examples: [String]) {
        #expect(PromptSyntaxNote(prompt: prompt)?.examples ?? [] == examples)
    }

    @Test func isOneSentence() throws {
        let note = try #require(PromptSyntaxNote(prompt: "(a:1.2) [b] BREAK"))
        #expect(note.sentence.hasPrefix("The prompt holds \"(a:1.2)\", \"[b]\" and \"BREAK\", which"))
        #expect(note.sentence.hasSuffix("."))
        #expect(!note.sentence.contains("\n"))
    }

    @Test func shortensWhatItQuotes() throws {
        let note = try #require(PromptSyntaxNote(prompt: "(\(String(repeating: "é", count: 500)):1.2)"))
        #expect(note.examples[0].count == 40)
        #expect(note.examples[0].hasSuffix("é:1.2)"))
    }
}
