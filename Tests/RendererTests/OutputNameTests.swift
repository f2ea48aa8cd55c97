import DiffusionRenderer
import Testing

struct OutputNameTests {
    private func path(_ template: String, job: String = "castle", prompt: String = "A red Cube!") throws -> String {
        try OutputNameTemplate(template, origin: .jobFile)
            .path(for: .init(seed: 42, index: 7, job: job, prompt: prompt))
    }

    @Test(arguments: [
        ("output.png", "output.png"), ("{seed}.png", "42.png"), ("{index:04}-{seed:05}.png", "0007-00042.png"),
        ("{job}/{index}.png", "castle/7.png"), ("{prompt_slug}.jpg", "a-red-cube.jpg"), ("{{{seed}}}.png", "{42}.png"),
        ("./a/./b.png", "./a/./b.png"), ("{index:01}.png", "7.png"), ("a..b.png", "a..b.png"),
    ])
    func placeholdersAreFilledIn(template: String, expected: String) throws {
        #expect(try path(template) == expected)
    }

    @Test func placeholdersAreKnown() throws {
        #expect(try OutputNameTemplate("{seed}{index:02}", origin: .jobFile).placeholders == [.seed, .index])
        #expect(try OutputNameTemplate("a.png", origin: .jobFile).placeholders.isEmpty)
    }

    @Test(arguments: [
        ("", OutputNameError.empty), ("/a.png", .absolute(path: "/a.png")),
        ("../a.png", .leavesFolder(path: "../a.png")), ("a/../b.png", .leavesFolder(path: "a/../b.png")),
        // With a combining mark the slash is half a character.
        ("/\u{301}a", .absolute(path: "/\u{301}a")), ("../\u{301}a", .leavesFolder(path: "../\u{301}a")),
        ("a\nb.png", .controlCharacter(path: "a\nb.png")), ("a\0.png", .controlCharacter(path: "a\0.png")),
        ("a\u{2028}", .controlCharacter(path: "a\u{2028}")), ("a/", .noName(path: "a/")), ("..", .noName(path: "..")),
        ("a.png.", .trailingDot(path: "a.png.")), ("a./b.png", .trailingDot(path: "a./b.png")),
        ("{seed", .strayBrace(template: "{seed")), ("seed}", .strayBrace(template: "seed}")),
        ("{seeed}", .unknownPlaceholder(name: "seeed", template: "{seeed}", nearest: "seed")),
        ("{zzzzz}", .unknownPlaceholder(name: "zzzzz", template: "{zzzzz}", nearest: nil)),
        ("{seed:4}", .wrongFormat(placeholder: "seed", format: "4")),
        ("{seed:00}", .wrongFormat(placeholder: "seed", format: "00")),
        ("{seed:099}", .wrongFormat(placeholder: "seed", format: "099")),
        ("{job:04}", .wrongFormat(placeholder: "job", format: "04")),
    ])
    func wrongTemplatesAreRefused(template: String, error: OutputNameError) {
        #expect(throws: error) { try OutputNameTemplate(template, origin: .jobFile) }
    }

    @Test func namesOver255BytesAreRefused() {
        let name = String(repeating: "é", count: 150)
        #expect(throws: OutputNameError.tooLong(name: name, byteCount: 300)) {
            try OutputNameTemplate(name, origin: .commandLine)
        }
    }

    @Test(arguments: ["/tmp/a.png", "../a.png", "/a/../b.png"])
    func aPersonMayNameAnyPlace(template: String) throws {
        let template = try OutputNameTemplate(template, origin: .commandLine)
        #expect(try !template.path(for: .init(seed: 0, index: 0, job: "", prompt: "")).isEmpty)
    }

    @Test(arguments: [
        ("../../x", "-..-x"), ("../\u{301}x", "-\u{301}x"), (".\u{301}", "\u{301}"), ("..", "job"), ("", "job"),
        ("a/b\nc", "a-b-c"), (".hidden", "hidden"), ("end. .", "end"),
    ])
    func jobNamesCannotLeaveTheFolder(job: String, expected: String) throws {
        #expect(try path("{job}/x.png", job: job) == "\(expected)/x.png")
    }

    @Test(arguments: [
        ("  Hello,   World!  ", "hello-world"), ("../../etc/passwd", "etc-passwd"), ("🐈", "image"), ("", "image"),
        ("Über 猫 हिन्दी", "über-猫-हिन्दी"), ("a\0b", "a-b"),
    ])
    func slugsHoldLettersAndDigits(prompt: String, expected: String) throws {
        #expect(try path("{prompt_slug}", prompt: prompt) == expected)
    }

    @Test func slugsAreCutBetweenCharacters() throws {
        let slug = try path("{prompt_slug}", prompt: String(repeating: "猫", count: 1000))
        #expect(slug == String(repeating: "猫", count: 20))
        #expect(try path("{prompt_slug}", prompt: String(repeating: "ab ", count: 30)).utf8.count <= 60)
    }
}
