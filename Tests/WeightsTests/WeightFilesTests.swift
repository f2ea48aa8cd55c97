import DiffusionBasics
import DiffusionWeights
import TestSupport
import Testing

/// Which files a part's weights come from: plain, variants, shards.
@Suite struct WeightFilesTests {
    private let builder: FolderBuilder
    private let plain = "unet/diffusion_pytorch_model.safetensors"

    init() throws { builder = try FolderBuilder() }

    private func names(variant: String? = nil) throws -> [String] {
        try ModelFolder(builder.path, variant: variant).weights(of: .unet).names
    }

    private func refusal(variant: String? = nil) throws -> any DescribedError {
        let error = #expect(throws: (any Error).self) { try names(variant: variant) }
        return try #require(error as? any DescribedError)
    }

    @Test func aVariantAloneIsTaken() throws {
        try builder.remove(plain)
        try builder.weights("unet/diffusion_pytorch_model.fp16.safetensors", ["half"])
        #expect(try names() == ["half"])
        #expect(try names(variant: "fp16") == ["half"])
    }

    @Test func thePlainFileComesFirstUnlessAVariantIsAskedFor() throws {
        try builder.weights("unet/diffusion_pytorch_model.fp16.safetensors", ["half"])
        try builder.weights("unet/diffusion_pytorch_model.non_ema.safetensors", ["raw"])
        #expect(try names() == ["u"])
        #expect(try names(variant: "non_ema") == ["raw"])
        #expect(try ModelFolder(builder.path, variant: "fp16").weights(of: .vae).names.contains("v"))
    }

    @Test func severalVariantsWithoutAPlainFileNeedAChoice() throws {
        try builder.remove(plain)
        try builder.weights("unet/diffusion_pytorch_model.fp16.safetensors", ["half"])
        try builder.weights("unet/diffusion_pytorch_model.bf16.safetensors", ["brain"])
        let error = try refusal()
        #expect(error.sentence.contains("several variants: bf16, fp16."))
        #expect(error.remedy?.contains("--variant") == true)
        #expect(try names(variant: "bf16") == ["brain"])
    }

    @Test func aVariantThatNoPartHasIsRefused() throws {
        try builder.weights("unet/diffusion_pytorch_model.fp16.safetensors", ["half"])
        #expect(try refusal(variant: "fp61").sentence.contains("no weights of the variant \"fp61\"; it has fp16."))
    }

    private func index(_ map: [String: String]) -> String {
        let entries = map.map { "\(JSONNode.quoted($0.key)):\(JSONNode.quoted($0.value))" }.joined(separator: ",")
        return "{\"metadata\":{\"total_size\":8},\"weight_map\":{\(entries)}}"
    }

    /// Both spellings of a variant's index, that of diffusers first.
    @Test(
        arguments: [
            ("diffusion_pytorch_model.safetensors.index.json", nil),
            ("diffusion_pytorch_model.safetensors.index.fp16.json", nil),
            ("diffusion_pytorch_model.safetensors.index.fp16.json", "fp16"),
            ("diffusion_pytorch_model.fp16.safetensors.index.json", "fp16"),
        ] as [(String, String?)])
    func shardsAreReadTogether(name: String, variant: String?) throws {
        try builder.remove(plain)
        try builder.write(
            "unet/\(name)", index(["a": "one-1.safetensors", "b": "two.safetensors", "c": "one-1.safetensors"]))
        try builder.weights("unet/one-1.safetensors", ["c", "a"])
        try builder.weights("unet/two.safetensors", ["b"])
        let store = try ModelFolder(builder.path, variant: variant).weights(of: .unet)
        #expect(store.names == ["a", "b", "c"])
        #expect(try value(of: "a", in: store) == 1)
        #expect(store.label.hasSuffix("one-1.safetensors (of 2 files)"))
    }

    @Test(arguments: [
        "../x.safetensors", "/etc/x.safetensors", "a/b.safetensors", "..", ".", "", "..\\x.safetensors",
        ".x.safetensors",
        "x.bin", "x\u{0}.safetensors", "x\n.safetensors",
    ])
    func case33_shardsElsewhereAreRefused(name: String) throws {
        try builder.remove(plain)
        try builder.write("unet/diffusion_pytorch_model.safetensors.index.json", index(["a": name]))
        let error = try refusal()
        #expect(error.code == "model.unsafe-shard")
        #expect(error.sentence.contains(JSONNode.quoted(name)))
    }

    @Test(arguments: [
        "{}", "[]", "{\"weight_map\":[]}", "{\"weight_map\":{\"a\":1}}", "{\"weight_map\":null}", "",
        "{\"weight_map\":{\"a\":\"x.safetensors\"}",
    ])
    func anIndexOfAnotherShapeIsRefused(text: String) throws {
        try builder.remove(plain)
        try builder.write("unet/diffusion_pytorch_model.safetensors.index.json", text)
        #expect(try refusal().sentence.contains("index.json"))
    }

    @Test func aShardThatIsNotThereIsNamed() throws {
        try builder.remove(plain)
        try builder.write("unet/diffusion_pytorch_model.safetensors.index.json", index(["a": "gone.safetensors"]))
        #expect(try refusal().sentence.contains("/unet/gone.safetensors does not exist."))
    }

    @Test func shardsWithoutAnIndexSaySo() throws {
        try builder.remove(plain)
        try builder.weights("unet/diffusion_pytorch_model-00001-of-00002.safetensors", ["a"])
        #expect(try refusal().sentence.contains("diffusion_pytorch_model.safetensors.index.json is missing"))
    }

    @Test(arguments: ["diffusion_pytorch_model.bin", "model.ckpt", "diffusion_pytorch_model.bin.index.json"])
    func picklesAloneAreRefusedWithTheWayOut(name: String) throws {
        try builder.remove(plain)
        try builder.write("unet/\(name)", "x")
        let error = try refusal()
        #expect(error.sentence.contains("only as \(name), a form that can run code"))
        #expect(error.remedy?.contains("safe_serialization") == true)
    }

    @Test func noWeightsAtAllNameTheFileThatIsMissing() throws {
        try builder.remove(plain)
        #expect(try refusal().sentence.contains("/unet/diffusion_pytorch_model.safetensors is missing"))
    }

    @Test func case34_aFolderInPlaceOfTheWeights() throws {
        try builder.remove(plain)
        try builder.write("\(plain)/x", "x")
        #expect(try refusal().sentence.contains("is a folder, expected a file."))
    }
}
