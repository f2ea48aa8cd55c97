import DiffusionRenderer
import DiffusionTensors
import DiffusionWeights
import Foundation
import TestSupport
import Testing

/// `tokens`, `encode`, `decode`, `inspect`.
@Suite(.serialized) struct SubcommandTests {
    private let program: DiffuseProgram
    private var folder: TemporaryFolder { program.folder }
    private static let picture = Fixture("img2img/samplers").file("picture.png")

    init() throws { program = try DiffuseProgram(in: TemporaryFolder()) }

    /// `diffuse WORD … --model SMALL`: the word comes first.
    private func run(_ arguments: [String], model: Bool = true) async throws -> DiffuseProgram.Outcome {
        try await program.run(arguments + (model ? ["-m", DiffuseProgram.smallModel] : []), model: nil)
    }

    private func json(_ outcome: DiffuseProgram.Outcome) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(outcome.output)) as? [String: Any])
    }

    @Test(arguments: ["tokens", "encode", "decode", "inspect", "samplers", "benchmark"])
    func everyCommandHasHelpAndRefusesWhatItDoesNotKnow(_ command: String) async throws {
        let help = try await run([command, "--help"], model: false)
        #expect(help.code == 0 && String(decoding: help.output, as: UTF8.self).contains("diffuse \(command)"))
        let unknown = try await run([command, "x", "--what"], model: false)
        #expect(unknown.code == 2 && unknown.errors.contains("--what"))
    }

    @Test func aBenchmarkTellsTimesAndWritesNothing() async throws {
        let outcome = try await run(["benchmark", "--size", "24x16", "--steps", "2", "--json", "-t", "1"])
        let object = try json(outcome)
        #expect(outcome.code == 0 && object["size"] as? String == "24x16" && object["threads"] as? Int == 1)
        for key in ["load_seconds", "prompt_seconds", "step_seconds", "decode_seconds", "peak_memory"] {
            #expect((object[key] as? NSNumber)?.doubleValue ?? 0 > 0, "\(key)")
        }
        #expect(try await run(["benchmark", "--steps", "1"]).code == 2)
        #expect(try folder.names == [])
    }

    @Test func aBenchmarkTellsOfEveryLayer() async throws {
        let arguments = ["benchmark", "--size", "24x16", "--steps", "2", "--layers", "-t", "1"]
        let object = try json(try await run(arguments + ["--json"]))
        for stage in ["step", "decode"] {
            let report = try #require(object[stage] as? [String: Any])
            let layers = try #require(report["layers"] as? [[String: Any]])
            let kinds = try #require(report["kinds"] as? [[String: Any]])
            #expect(layers.contains { ($0["plan"] as? String)?.isEmpty == false && $0["name"] as? String != "" })
            #expect(kinds.contains { ($0["kind"] as? String)?.hasPrefix("convolution 3x3") == true })
            #expect(kinds.last?["kind"] as? String == "everything else")
        }
        let text = String(decoding: try await run(arguments).output, as: UTF8.self)
        #expect(text.contains("step_seconds") && text.contains("GFLOP/s") && text.contains("conv_in"))
    }

    @Test func tokensAreJSON() async throws {
        let words = Array(repeating: "apple", count: 100).joined(separator: " ")
        let outcome = try await run(["tokens", words])
        #expect(outcome.code == 0, "\(outcome.errors)")
        let object = try json(outcome)
        let tokens = try #require(object["tokens"] as? [[String: Any]])
        #expect(object["limit"] as? Int == 75 && object["count"] as? Int == tokens.count && tokens.count >= 100)
        #expect(tokens.filter { $0["kept"] as? Bool == true }.count == 75)
        #expect((object["ids"] as? [Int])?.count == 77)
        #expect((object["cut"] as? String)?.contains("apple") == true)
        let input = try await program.run(
            ["tokens", "-", "-m", DiffuseProgram.smallModel], model: nil, input: Array("apple\n".utf8))
        #expect(try json(input)["cut"] is NSNull)
    }

    @Test func picturesAreEncoded() async throws {
        let first = try await run(["encode", Self.picture])
        #expect(first.code == 0 && first.paths == ["latents.safetensors"], "\(first.errors)")
        #expect(try await run(["encode", Self.picture]).paths == ["latents-1.safetensors"])
        let drawn = try await run(["encode", Self.picture, "--seed", "3", "-o", "s.safetensors", "--size", "16x24"])
        #expect(drawn.code == 0)
        let mean = try #require(try loadTensors(folder.file("latents.safetensors"))["latents"])
        #expect(mean.shape == [1, 4, 4, 5])
        #expect(try loadTensors(folder.file("s.safetensors"))["latents"]?.shape == [1, 4, 3, 2])
        let taken = try await run(["encode", Self.picture, "-o", "s.safetensors"])
        #expect(taken.code == 2 && taken.errors.contains("exists already"))
        #expect(try await run(["encode", Self.picture, "-o", "s.safetensors", "--force"]).code == 0)
        let piped = try await program.run(
            ["encode", "-", "-o", "-", "-m", DiffuseProgram.smallModel], model: nil,
            input: RegularFile.contents(of: Self.picture))
        #expect(try piped.code == 0 && piped.output == folder.bytes("latents.safetensors"), "\(piped.errors)")
        try folder.write("bad.png", "no picture")
        let bad = try await run(["encode", "bad.png", "-o", "x.safetensors"])
        #expect(bad.code == 3 && bad.errors.contains("bad.png is text"))
        #expect(try await run(["encode", "none.png"]).code == 2)
    }

    @Test func modelsAreInspected() async throws {
        let outcome = try await run(["inspect", DiffuseProgram.smallModel, "--json"], model: false)
        #expect(outcome.code == 0, "\(outcome.errors)")
        let parts = try #require(try json(outcome)["parts"] as? [String: [String: Any]])
        let file = "\(DiffuseProgram.smallModel)/unet/diffusion_pytorch_model.safetensors"
        let count = try loadTensors(file).values.reduce(0) { $0 + $1.shape.elementCount }
        #expect(parts["unet"]?["parameters"] as? Int == count && parts["unet"]?["precision"] as? [String] == ["F32"])
        #expect(try json(outcome)["image_to_image"] as? String == "yes")
        let lines = try await run(["inspect", DiffuseProgram.smallModel], model: false)
        #expect(lines.paths.contains("    parameters: \(count)"))
        #expect(try await run(["inspect"], model: false).code == 0)
    }

    @Test func whatAModelLacksIsSaid() async throws {
        let model = folder.file("model")
        try FileManager.default.copyItem(atPath: DiffuseProgram.smallModel, toPath: model)
        let weights = "\(model)/unet/diffusion_pytorch_model.safetensors"
        let rest = try loadTensors(weights).filter { $0.key != "conv_in.bias" }.sorted { $0.key < $1.key }
        try folder.write(
            "model/unet/diffusion_pytorch_model.safetensors", tensors: rest.map { (name: $0.key, tensor: $0.value) })
        let outcome = try await run(["inspect", model], model: false)
        #expect(outcome.code == 2 && outcome.errors.contains("conv_in.bias"))
        #expect(outcome.paths.contains { $0.contains("missing: ") && $0.contains("conv_in.bias") })
        #expect(try await run(["inspect", "/nonexistent"], model: false).code == 2)
    }

    @Test func picturesAreInspected() async throws {
        let made = try await program.run(["a: \"cat\"", "--steps", "1", "--seed", "3", "-o", "a.png"])
        #expect(made.code == 0)
        let outcome = try await run(["inspect", "a.png", "--json"], model: false)
        let object = try json(outcome)
        let parameters = try #require(object["parameters"] as? [String: Any])
        #expect(outcome.code == 0 && parameters["prompt"] as? String == "a: \"cat\"")
        #expect(parameters["Seed"] as? String == "3")
        #expect((object["source_type"] as? String)?.hasSuffix("/trainedAlgorithmicMedia") == true)
        #expect(object["size"] as? String == "64x64" && object["made_by"] as? String == "Diffuse")
        let lines = try await run(["inspect", Self.picture], model: false)
        #expect(lines.code == 0 && lines.paths.contains("size: 45x37"))
        #expect(!lines.paths.contains { $0.hasPrefix("parameters") })
        try folder.write("cut.png", Array(try folder.bytes("a.png").prefix(200)))
        let cut = try await run(["inspect", "cut.png"], model: false)
        #expect(cut.code == 2 && cut.errors.contains("cut.png"))
    }
}
