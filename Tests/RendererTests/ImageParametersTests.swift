import DiffusionRenderer
import Testing

struct ImageParametersTests {
    private static let settings: [ImageParameters.Setting] = [
        .init("Steps", "20"), .init("Sampler", "DDIM"), .init("CFG scale", "7"), .init("Seed", "1"),
        .init("Size", "512x512"), .init("Model", "emoji"), .init("Version", "1.0"),
    ]

    private func parameters(_ prompt: String, _ negative: String = "") -> ImageParameters {
        ImageParameters(prompt: prompt, negativePrompt: negative, settings: Self.settings)
    }

    @Test func theFormIsAUTOMATIC1111s() {
        let line = "Steps: 20, Sampler: DDIM, CFG scale: 7, Seed: 1, Size: 512x512, Model: emoji, Version: 1.0"
        #expect(parameters("a cat").text == "a cat\n\(line)")
        #expect(parameters("a cat", "dogs, rain").text == "a cat\nNegative prompt: dogs, rain\n\(line)")
        #expect(parameters("two\nlines").text == "two\nlines\n\(line)")
        #expect(parameters("").text == line)
        #expect(parameters("", "dogs").text == "Negative prompt: dogs\n\(line)")
    }

    @Test(arguments: [
        ("plain", "plain"), ("a, b", #""a, b""#), ("a: b", #""a: b""#), ("a\nb", #""a\nb""#),
        (#"say "x", y"#, #""say \"x\", y""#),
        (#"back\slash"#, #"back\slash"#), (#"back\slash, y"#, #""back\\slash, y""#), ("ünï, 猫", #""ünï, 猫""#),
        ("tab\t, x", #""tab\t, x""#), ("bell\u{7}, x", #""bell\u0007, x""#),
    ])
    func valuesAreQuotedAsJSONDumpsDoes(value: String, written: String) {
        let settings: [ImageParameters.Setting] = [.init("Aa", "1"), .init("Bb", "2"), .init("Model", value)]
        let parameters = ImageParameters(prompt: "p", settings: settings)
        #expect(parameters.text == "p\nAa: 1, Bb: 2, Model: \(written)")
        #expect(ImageParameters(parsing: parameters.text) == parameters)
    }

    @Test(arguments: [
        ("a cat", ""), ("", ""), ("", "dog"), ("  padded  ", " x "), ("a\n\n\nb", "c\nd"), ("Negative prompt: x", ""),
        ("a\nNegative prompt: b", "c"), ("Steps: 1, Aa: 2, Bb: 3", ""),
        ("x\nSteps: 1, Aa: 2, Bb: 3", "Steps: 9, Aa: 1, Bb: 2"),
        ("nul\0inside", "\0"), ("cr\r\nlf", "tab\t"), ("猫と🐈‍⬛", "é"), (#"quotes " and \ and {{"#, "\""),
        ("\u{1C}separator\u{1C}", ""), ("line\u{2028}separator\u{85}", ""),
        ("e\u{301}\n\u{301}combining", "\u{FEFF}bom"),
        ("Exact prompt: \"x\", Aa: 1, Bb: 2", ""), ("Negative prompt:\u{301} x", ""),
    ])
    func everyPromptComesBackExactly(prompt: String, negative: String) {
        let parameters = parameters(prompt, negative)
        let read = ImageParameters(parsing: parameters.text)
        #expect(Array(read.prompt.unicodeScalars) == Array(prompt.unicodeScalars))
        #expect(Array(read.negativePrompt.unicodeScalars) == Array(negative.unicodeScalars))
        #expect(read.settings == Self.settings)
        #expect(!parameters.text.utf8.contains(0))
    }

    @Test func seededRandomPromptsAndValuesComeBackExactly() {
        let alphabet = Array("ab ,:\n\"\\\t\r{}Negative prompt:\u{0}é猫")
        var state: UInt64 = 88_172_645_463_325_252
        func random(_ count: Int) -> String {
            String(
                (0..<count).map { _ in
                    state ^= state << 13
                    state ^= state >> 7
                    state ^= state << 17
                    return alphabet[Int(state % UInt64(alphabet.count))]
                })
        }
        for length in 0..<400 {
            let settings = Self.settings + [.init("Model name", random(length % 23))]
            let written = ImageParameters(
                prompt: random(length % 40), negativePrompt: random(length % 17), settings: settings)
            #expect(ImageParameters(parsing: written.text) == written)
        }
    }

    @Test func readsWhatOthersWrite() {
        let read = ImageParameters(
            parsing: """
                masterpiece, (a cat:1.2), <lora:x:0.8>
                second line
                Negative prompt: bad, worse
                more bad
                Steps: 28, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 5.5, Seed: 965400086, Size: 832x1216, \
                Model hash: 45dee52b, Model: some model, Lora hashes: "x: abc, y: def", Hires Module 1: Use same, Version: v1.10.1
                """)
        #expect(read.prompt == "masterpiece, (a cat:1.2), <lora:x:0.8>\nsecond line")
        #expect(read.negativePrompt == "bad, worse\nmore bad")
        #expect(read["Sampler"] == "DPM++ 2M")
        #expect(read["Lora hashes"] == "x: abc, y: def")
        #expect(read["Version"] == "v1.10.1")
        #expect(read.size?.width == 832 && read.size?.height == 1216)
        #expect(read.settings.count == 11)
    }

    @Test func aLastLineWithFewSettingsIsPrompt() {
        let read = ImageParameters(parsing: "a cat\nStyle: noir, Mood: dark")
        #expect(read.prompt == "a cat\nStyle: noir, Mood: dark")
        #expect(read.settings.isEmpty)
    }

    @Test(arguments: [
        "", "\n\n\n", ":::::", ",,,,", "a: ", "Aa: \"", "Aa: \"\\", "Aa:1,Bb:\"x,Cc:3", "\u{0}\u{1}",
        "Size: x, Aa: 1, Bb: 2",
    ])
    func damagedTextsAreReadSomehow(text: String) {
        let read = ImageParameters(parsing: text)
        #expect(read.size == nil)
        #expect(ImageParameters(parsing: read.text).settings == read.settings)
    }

    @Test func hostileTextsTakeLinearTime() {
        // Each of these makes a backtracking search quadratic; at this length that would be hours.
        for piece in ["a", "a ", "Aa:\"", "Aa:\"\\", ":", "\"", "Aa:\"\\\",", "\n", "Negative prompt:\n"] {
            let read = ImageParameters(parsing: String(repeating: piece, count: 300_000))
            #expect(read.prompt.utf8.count + read.negativePrompt.utf8.count <= 300_000 * 17)
        }
    }
}
