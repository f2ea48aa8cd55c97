import DiffusionRenderer
import TestSupport
import Testing

/// The example programs with the embedded model, as a reader of the articles runs them.
@Suite(.serialized) struct ExamplesTests {
    private static let prompt = "red apple on a blue background"
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func textToImage() async throws {
        let program = try ExampleProgram("ExampleTextToImage", in: folder)
        let lines = try await program.run([Self.prompt, "apple.png"])
        let steps = lines.filter { $0.hasPrefix("step ") }
        #expect(steps == steps.indices.map { "step \($0 + 1) of \(steps.count)" } && steps.count > 1)
        let picture = try program.picture("apple.png")
        #expect(picture.width == 128 && picture.height == 128)
        #expect(Self.redInTheMiddle(picture) && Self.blueInTheCorner(picture))
    }

    @Test func imageToImage() async throws {
        _ = try await ExampleProgram("ExampleTextToImage", in: folder).run([Self.prompt, "apple.png"])
        let program = try ExampleProgram("ExampleImageToImage", in: folder)
        let lines = try await program.run(["a lemon", "apple.png", "lemon.png"])
        #expect(lines == ["128×128 pixels, seed 7"])
        #expect(try program.picture("lemon.png") != program.picture("apple.png"))
    }

    @Test func aContactSheetShowsAllPicturesOfAJob() async throws {
        let program = try ExampleProgram("ExampleContactSheet", in: folder)
        try folder.write("jobs.txt", "a lemon\nan owl\na rocket\na ghost\na key\n")
        #expect(try await program.run(["jobs.txt", "sheet.png"]) == ["5 rendered, 0 there already"])
        // Four in a row, with a margin around each.
        let picture = try program.picture("sheet.png")
        #expect(picture.width == 4 * 132 + 4 && picture.height == 2 * 132 + 4)
        #expect(try await program.run(["jobs.txt", "sheet.png"]) == ["0 rendered, 5 there already"])
        #expect(try program.picture("sheet.png") == picture)
    }

    @Test func ownScheduler() async throws {
        let program = try ExampleProgram("ExampleOwnScheduler", in: folder)
        #expect(try await program.run([Self.prompt, "own.png"]) == ["rendered with quadratic, seed 1"])
        #expect(Self.redInTheMiddle(try program.picture("own.png")))
    }

    @Test func progressComesInOrder() async throws {
        let program = try ExampleProgram("ExampleProgress", in: folder)
        let lines = try await program.run([Self.prompt, "apple.png"])
        #expect(lines.first?.hasSuffix("seed 1") == true)
        #expect(lines.dropFirst().first?.hasPrefix("the prompt has ") == true)
        #expect(lines.last?.hasPrefix("done: ") == true)
        let steps = lines.filter { $0.hasSuffix("s left") }
        #expect(steps.count > 1)
        for (index, line) in steps.enumerated() { #expect(line.hasPrefix("\(index + 1) of \(steps.count), ")) }
        #expect(steps.last?.hasSuffix(", 0.0 s left") == true)
        #expect(try program.picture("apple.png").width == 128)
    }

    @Test func cancelsInTheMiddleAndGoesOn() async throws {
        let program = try ExampleProgram("ExampleCancel", in: folder)
        let lines = try await program.run(["apple.png"])
        let words = lines.first?.split(separator: " ") ?? []
        try #require(words.starts(with: ["cancelled", "after"]) && words.count > 5, "\(lines)")
        // Where a machine is slow, the step in hand may just have been done.
        #expect(["3", "4"].contains(words[2]) && words[3...5] == ["of", "1000", "steps,"])
        #expect(lines.last == "rendered again in 20 steps")
        #expect(Self.redInTheMiddle(try program.picture("apple.png")))
    }

    @Test func settingsAreTaken() async throws {
        let program = try ExampleProgram("ExampleSettings", in: folder)
        let lines = try await program.run([Self.prompt, "apple.jpg"])
        #expect(lines.contains { $0.hasPrefix("DPM++ 2M: ") && $0.contains("dpmpp_2m") })
        #expect(lines.contains("seed 7, DPM++ 2M Karras, 12 network calls a picture"))
        #expect(lines.suffix(2) == ["picture 0 has seed 7", "picture 1 has seed 8"])
        let (first, second) = (try program.picture("apple.jpg"), try program.picture("1-apple.jpg"))
        #expect(first.height > first.width && first != second)
    }

    @Test func oneBadRequestDoesNotStopTheOthers() async throws {
        let program = try ExampleProgram("ExampleManyRequests", in: folder)
        let lines = try await program.run(["red apple", "strawberry", "soccer ball"])
        for prompt in ["red apple", "strawberry", "soccer ball"] {
            #expect(lines.contains { $0.hasPrefix("\(prompt): ") && $0.hasSuffix(" bytes of PNG") }, "\(lines)")
        }
        #expect(lines.contains { $0.hasPrefix("a line: request.out-of-range: height is 1") })
        #expect(lines.count == 4)
    }

    private static func redInTheMiddle(_ picture: RGBImage) -> Bool {
        let middle = picture[picture.width / 2, picture.height / 2]
        return middle.red > 120 && middle.red > middle.blue && middle.red > middle.green
    }

    private static func blueInTheCorner(_ picture: RGBImage) -> Bool {
        let corner = picture[2, 2]
        return corner.blue > corner.red
    }
}
