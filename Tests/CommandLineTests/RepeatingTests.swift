import DiffusionRenderer
import DiffusionTensors
import DiffusionWeights
import Foundation
import TestSupport
import Testing

/// `--from-image`, `--save-latents`, `--init-latents`: runs that begin with what an earlier one left.
@Suite(.serialized) struct RepeatingTests {
    private let program: DiffuseProgram
    private var folder: TemporaryFolder { program.folder }
    private static let picture = Fixture("img2img/samplers").file("picture.png")

    init() throws { program = try DiffuseProgram(in: TemporaryFolder()) }

    static let runs: [[String]] = [
        [],
        ["-n", "dark, \"grey\":\n rain", "--cfg-scale", "3.5", "--size", "24x16"],
        ["--sampler", "DPM++ 2M Karras"],
        ["--sampler", "euler", "--scheduler", "exponential", "--steps", "5"],
        ["--sampler", "euler_a", "--scheduler", "trailing", "--rng", "NV"],
        ["--sampler", "ddim", "--eta", "0.3", "--guidance-rescale", "0.7", "--clip-skip", "1"],
        ["--format", "jpeg"], ["--precision", "f32"], ["--precision", "fixed16"], ["--precision", "draft"],
        ["--format", "jpeg", "--quality", "37"],
        ["-o", "own.jpg", "--quality", "100", "--clip-skip", "1"],
        ["--sampler", "tcd", "--eta", "1", "--steps", "3"],
        ["--vae", DiffuseProgram.smallModel],
    ]

    @Test(arguments: runs) func aPictureIsMadeAgainByteForByte(_ arguments: [String]) async throws {
        let prompt = "two words, \n a: line "
        let first = try await program.run([prompt, "--steps", "2", "--seed", "99"] + arguments)
        let name = try #require(first.paths.first)
        let again = try await program.run(["--from-image", name] + Self.notRecorded(arguments))
        #expect(again.code == 0, "\(again.errors)")
        #expect(!again.errors.contains("warning"))
        let repeated = try #require(again.paths.first)
        #expect(repeated != name)
        #expect(try folder.bytes(name) == folder.bytes(repeated))
    }

    /// What a picture tells by name only.
    private static func notRecorded(_ arguments: [String]) -> [String] {
        arguments.firstIndex(of: "--vae").map { Array(arguments[$0...$0 + 1]) } ?? []
    }

    @Test func everyPictureOfABatchAndOfSeveralSeedsIsMadeAgain() async throws {
        let first = try await program.run(["a cat", "--steps", "2", "--seed", "3,8", "-b", "2", "-o", "a-{seed}.jpg"])
        #expect(first.paths == ["a-3.jpg", "a-4.jpg", "a-8.jpg", "a-9.jpg"], "\(first.errors)")
        for name in first.paths {
            #expect(try await program.run(["--from-image", name, "-o", "again-\(name)"]).code == 0)
            #expect(try folder.bytes(name) == folder.bytes("again-\(name)"))
        }
        let batch = try await program.run(["--from-image", "a-3.jpg", "-b", "2", "-o", "b-{seed}.jpg"])
        #expect(try batch.code == 0 && folder.bytes("b-4.jpg") == folder.bytes("a-4.jpg"))
    }

    @Test func theQualityGivenBesideGoesBefore() async throws {
        #expect(try await program.run(["a cat", "--steps", "1", "--quality", "40", "-o", "a.jpg"]).code == 0)
        #expect(try await program.run(["--from-image", "a.jpg", "--quality", "80", "-o", "b.jpg"]).code == 0)
        #expect(try folder.bytes("a.jpg").count < folder.bytes("b.jpg").count)
        let parameters = try #require(try ImageReader.read(folder.file("b.jpg")).marks.parameters)
        #expect(parameters["JPEG quality"] == "80")
    }

    // MARK: - Prompts that are not there

    @Test(arguments: ["png", "jpg"]) func aPictureWithoutItsPromptAsksForIt(_ ending: String) async throws {
        let (one, two) = ("a.\(ending)", "b.\(ending)")
        let prompts = ["a cat", "--steps", "2", "--seed", "9", "-n", "fog"]
        #expect(try await program.run(prompts + ["--no-prompt-metadata", "-o", one]).code == 0)
        let refused = try await program.run(["--from-image", one])
        #expect(refused.code == 2, "\(refused.errors)")
        #expect(refused.errors.contains("does not hold its prompt: it was made with --no-prompt-metadata"))
        let half = try await program.run(["a cat", "--from-image", one])
        #expect(half.code == 2 && half.errors.contains("does not hold its negative prompt"), "\(half.errors)")
        #expect(try await program.run(["a cat", "-n", "fog", "--from-image", one, "-o", two]).code == 0)
        #expect(try folder.bytes(one) == folder.bytes(two))
        let told = ["a cat", "-n", "fog", "--from-image", one, "--metadata", "full", "-o", "told.png"]
        #expect(try await program.run(told).code == 0)
        #expect(try ImageReader.read(folder.file("told.png")).marks.parameters?.prompt == "a cat")
    }

    @Test func aPromptThatWasCutIsNotTakenForTheWhole() async throws {
        let long = String(repeating: "very ", count: 20_000) + "long"
        #expect(try await program.run([long, "--steps", "1", "-o", "a.jpg"]).code == 0)
        let refused = try await program.run(["--from-image", "a.jpg"])
        #expect(refused.code == 2 && refused.errors.contains("holds its prompt in part only"), "\(refused.errors)")
        #expect(try await program.run([long, "--from-image", "a.jpg", "-o", "b.jpg"]).code == 0)
        #expect(try folder.bytes("a.jpg") == folder.bytes("b.jpg"))
    }

    @Test func aPictureThatWasOnlyDecodedSaysNothingOfItsMaking() async throws {
        #expect(
            try await program.run(["a cat", "--steps", "1", "--save-latents", "l.safetensors", "-o", "a.png"]).code
                == 0)
        let decoded = try await program.run(
            ["decode", "l.safetensors", "-o", "b.jpg", "-m", DiffuseProgram.smallModel], model: nil)
        #expect(decoded.code == 0, "\(decoded.errors)")
        let refused = try await program.run(["--from-image", "b.jpg"])
        #expect(refused.code == 2 && refused.errors.contains("says nothing of its making"), "\(refused.errors)")
    }

    @Test func whatIsGivenBesideGoesBefore() async throws {
        #expect(try await program.run(["a cat", "--steps", "2", "--seed", "9", "-o", "a.png"]).code == 0)
        let changed = try await program.run(
            ["a dog", "--from-image", "a.png", "--steps", "3", "--seed", "4", "-n", "x", "-o", "b.png"])
        #expect(changed.code == 0, "\(changed.errors)")
        let parameters = try #require(try ImageReader.read(folder.file("b.png")).marks.parameters)
        #expect(parameters.prompt == "a dog" && parameters.negativePrompt == "x")
        #expect(parameters["Steps"] == "3" && parameters["Seed"] == "4")
    }

    @Test func aPictureMadeFromAnotherWantsThatOne() async throws {
        let first = try await program.run(
            ["a cat", "--steps", "3", "--seed", "9", "-i", Self.picture, "--strength", "0.7", "-o", "a.png"])
        #expect(first.code == 0, "\(first.errors)")
        let refused = try await program.run(["--from-image", "a.png"])
        #expect(refused.code == 2 && refused.errors.contains("Name that one with --init-img"))
        #expect(try await program.run(["--from-image", "a.png", "-i", Self.picture, "-o", "b.png"]).code == 0)
        #expect(try folder.bytes("a.png") == folder.bytes("b.png"))
    }

    @Test func picturesThatSayNothingAreRefused() async throws {
        let silent = try await program.run(["--from-image", Self.picture])
        #expect(silent.code == 2 && silent.errors.contains("says nothing of its making"))
        #expect(try await program.run(["--from-image", "none.png"]).code == 2)
        #expect(try folder.names == [])
    }

    @Test func otherProgramsParametersAreUnderstood() async throws {
        let text = """
            a red cube
            Negative prompt: fog
            Steps: 3, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 4.5, Seed: 123, Size: 24x16, \
            Model hash: 0123456789, Model: other, Clip skip: 2, RNG: CPU, Version: v1.10.1
            """
        let image = try RGBImage(width: 1, height: 1, pixels: [1, 2, 3])
        let metadata = ImageMetadata(
            parameters: ImageParameters(parsing: text), sourceType: .trainedAlgorithmicMedia, system: "other",
            systemVersion: "1")
        try folder.write("theirs.png", ImageWriter(format: .png).encode(image, metadata: metadata).bytes)
        let outcome = try await program.run(["--from-image", "theirs.png", "-o", "ours.png"])
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("was made with the model other"))
        let made = try ImageReader.read(folder.file("ours.png"))
        let parameters = try #require(made.marks.parameters)
        #expect(made.image.width == 24 && made.image.height == 16 && parameters.prompt == "a red cube")
        let expected = [
            "Steps": "3", "CFG scale": "4.5", "Seed": "123", "Clip skip": "2", "Schedule type": "karras",
        ]
        for (key, value) in expected { #expect(parameters[key] == value, "\(key)") }
    }

    // MARK: - Latents

    @Test func latentsAreSavedAndDecodeToThePictures() async throws {
        let made = try await program.run(
            ["a cat", "--steps", "2", "--seed", "1", "-b", "2", "--save-latents", "l.safetensors", "-o", "a.png"])
        #expect(made.code == 0, "\(made.errors)")
        let latents = try #require(try loadTensors(folder.file("l.safetensors"))["latents"])
        #expect(latents.shape == [2, 4, 8, 8])
        let again = try await program.shell(
            #""$0" decode l.safetensors -o 'b-{index}.png' -m "$1""#, [DiffuseProgram.smallModel])
        #expect(again.code == 0 && again.paths == ["b-0.png", "b-1.png"], "\(again.errors)")
        for (one, other) in [("a.png", "b-0.png"), ("a-1.png", "b-1.png")] {
            #expect(try ImageReader.read(folder.file(one)).image == ImageReader.read(folder.file(other)).image)
        }
        let taken = try await program.run(["a cat", "--steps", "1", "--save-latents", "l.safetensors"])
        #expect(taken.code == 2 && taken.errors.contains("exists already"))
    }

    @Test func latentsAreBegunWith() async throws {
        var generator = TorchNoiseGenerator(seed: 7)
        let noise = generator.normal([1, 4, 2, 3])
        try folder.write("n.safetensors", tensors: [(name: "latents", tensor: noise)])
        let given = try await program.run(
            ["a cat", "--steps", "2", "--seed", "3", "--init-latents", "n.safetensors", "-o", "a.png"])
        #expect(given.code == 0, "\(given.errors)")
        let drawn = try await program.run(
            ["a cat", "--steps", "2", "--seed", "7", "--size", "24x16", "-o", "b.png"])
        #expect(drawn.code == 0)
        let images = try ["a.png", "b.png"].map { try ImageReader.read(folder.file($0)).image }
        #expect(images[0] == images[1])
        let again = try await program.run(["--from-image", "a.png"])
        #expect(again.code == 2 && again.errors.contains("--init-latents"))
        let same = try await program.run(["--from-image", "a.png", "--init-latents", "n.safetensors", "-o", "c.png"])
        #expect(try same.code == 0 && folder.bytes("a.png") == folder.bytes("c.png"))
    }

    @Test func latentsThatDoNotFitAreRefused() async throws {
        try folder.write("other.safetensors", tensors: [(name: "noise", tensor: Tensor(zeros: [1]))])
        try folder.write("flat.safetensors", tensors: [(name: "latents", tensor: Tensor(zeros: [4, 4]))])
        try folder.write("wide.safetensors", tensors: [(name: "latents", tensor: Tensor(zeros: [1, 3, 2, 2]))])
        try folder.write("text.safetensors", "hello")
        let cases = [
            ("other", "\"noise\""), ("flat", "expected images, channels"), ("wide", "expected 1×4×2×2"),
            ("text", "text.safetensors"),
        ]
        for (name, says) in cases {
            let outcome = try await program.run(["a cat", "--init-latents", "\(name).safetensors"])
            #expect(outcome.code == 2 && outcome.errors.contains(says), "\(outcome.errors)")
        }
        try folder.write("two.safetensors", tensors: [(name: "latents", tensor: Tensor(zeros: [2, 4, 2, 2]))])
        let two = try await program.run(["a cat", "--init-latents", "two.safetensors"])
        #expect(two.code == 2 && two.errors.contains("noise for 2 pictures, but 1"))
    }
}
