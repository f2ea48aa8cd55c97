import DiffusionBasics
import DiffusionTensors
import DiffusionWeights
import TestSupport
import Testing

@Suite struct HuggingFaceCacheTests {
    private let builder: FolderBuilder
    private var cache: HuggingFaceCache { HuggingFaceCache(folder: "\(builder.folder.path)/hub") }

    init() throws { builder = try FolderBuilder() }

    /// Lays the model out as the `huggingface_hub` package does: blobs, and a snapshot of links to them.
    private func install(reference: String? = "0123abc", commit: String = "0123abc") throws {
        let repository = "hub/models--some-one--a.model"
        for name in ["model_index.json", "unet", "vae", "text_encoder", "tokenizer", "scheduler"] {
            try builder.folder.link("\(repository)/snapshots/\(commit)/\(name)", to: "../../../../model/\(name)")
        }
        if let reference { try builder.folder.write("\(repository)/refs/main", reference) }
    }

    @Test func aModelIsFoundByItsName() throws {
        try install()
        let model = try ModelSources.open("some-one/a.model", cache: cache)
        #expect(model.name.hasSuffix("models--some-one--a.model/snapshots/0123abc"))
        #expect(try value(of: "u", in: model.weights(of: .unet)) == 0)
    }

    @Test func theReferenceChoosesAmongSnapshots() throws {
        try install(reference: "0123abc\n")
        try builder.folder.write("hub/models--some-one--a.model/snapshots/fff/x", "x")
        #expect(try cache.snapshot(of: "some-one/a.model").hasSuffix("snapshots/0123abc"))
    }

    @Test func withoutAReferenceTheOnlySnapshotIsTaken() throws {
        try install(reference: nil)
        #expect(try cache.snapshot(of: "some-one/a.model").hasSuffix("snapshots/0123abc"))
        try builder.folder.write("hub/models--some-one--a.model/snapshots/fff/x", "x")
        #expect(throws: ModelError.self) { try cache.snapshot(of: "some-one/a.model") }
    }

    @Test func theRepositorysOwnFolderWillDo() throws {
        try install()
        let path = "\(cache.folder)/models--some-one--a.model"
        #expect(try ModelSources.open(path, cache: cache).name.hasSuffix("snapshots/0123abc"))
    }

    @Test(arguments: ["../../etc", "a/b", ".", "..", "", "a\u{0}b"]) func aReferenceThatLeadsElsewhereIsRefused(
        commit: String
    ) throws {
        try install(reference: commit)
        let error = #expect(throws: ModelError.self) { try cache.snapshot(of: "some-one/a.model") }
        #expect(error?.code == "model.unsafe-reference")
    }

    @Test func aModelThatIsNotThereSaysWhereItWasLookedFor() throws {
        let error = #expect(throws: ModelError.self) { try ModelSources.open("no/one", cache: cache) }
        #expect(error?.sentence.contains("\(cache.folder)/models--no--one") == true)
        try install(reference: "gone")
        let gone = #expect(throws: ModelError.self) { try ModelSources.open("some-one/a.model", cache: cache) }
        #expect(gone?.sentence.contains("snapshots/gone") == true)
    }

    @Test func aBrokenLinkIsAMissingFile() throws {
        try install()
        try builder.remove("unet/diffusion_pytorch_model.safetensors")
        try builder.folder.link("model/unet/diffusion_pytorch_model.safetensors", to: "../blobs/none")
        let model = try ModelSources.open("some-one/a.model", cache: cache)
        #expect(throws: FileError.self) { try model.weights(of: .unet) }
    }

    @Test(arguments: [
        (["HF_HUB_CACHE": "/c"], "/c"), (["HF_HOME": "/h", "HOME": "/u"], "/h/hub"),
        (["HF_HUB_CACHE": "/c", "HF_HOME": "/h"], "/c"), (["HOME": "/u"], "/u/.cache/huggingface/hub"),
        (["XDG_CACHE_HOME": "/x", "HOME": "/u"], "/x/huggingface/hub"), (["HF_HOME": "~/h", "HOME": "/u"], "/u/h/hub"),
        (["HUGGINGFACE_HUB_CACHE": "/old"], "/old"),
    ])
    func theEnvironmentSaysWhereTheCacheIs(environment: [String: String], expected: String) {
        #expect(HuggingFaceCache { environment[$0] }.folder == expected)
    }

    @Test func namesAreToldFromPaths() {
        for name in ["a/b", "some-one/a.model_1"] { #expect(HuggingFaceCache.isName(name), "\(name)") }
        for path in ["a", "a/b/c", "/a", "a/", "./a", "../a", "a/..", "a b/c", "a--b/c", "é/b", ""] {
            #expect(!HuggingFaceCache.isName(path), "\(path)")
        }
    }
}

@Suite struct ModelSourcesTests {
    private let builder: FolderBuilder
    private let file = FileSystem.join(SingleFileTests.fixtures, "sd1.safetensors")

    init() throws { builder = try FolderBuilder() }

    @Test func foldersAndFilesOpenAsWhatTheyAre() throws {
        #expect(try ModelSources.open(builder.path) is ModelFolder)
        #expect(try ModelSources.open(file) is SingleFileModel)
        #expect(throws: FileError.missing(path: "/no/such/model")) { try ModelSources.open("/no/such/model") }
    }

    @Test func aFolderThatHoldsOneCheckpointIsThatCheckpoint() throws {
        try builder.folder.link("single/model.safetensors", to: file)
        #expect(try ModelSources.open("\(builder.folder.path)/single") is SingleFileModel)
        try builder.folder.write("single/other.safetensors", "x")
        #expect(throws: ModelError.self) { try ModelSources.open("\(builder.folder.path)/single") }
    }

    @Test func aSingleFileHasNoVariants() {
        #expect(throws: ModelError.self) { try ModelSources.open(file, variant: "fp16") }
    }

    @Test(arguments: ["/dev/null", "/dev/zero"]) func case34_devicesAreNoModels(path: String) {
        #expect(throws: FileError.self) { try ModelSources.open(path) }
    }

    @Test func anotherAutoencoderTakesThePlaceOfTheModels() throws {
        let other = try FolderBuilder()
        try other.weights("vae/diffusion_pytorch_model.safetensors", ["x", "v"])
        try other.write("vae/config.json", #"{"_class_name":"AutoencoderKL","latent_channels":7}"#)
        for path in [other.path, "\(other.path)/vae"] {
            let model = try ReplacedAutoencoder(in: ModelFolder(builder.path), by: path)
            #expect(try value(of: "v", in: model.weights(of: .vae)) == 1)
            #expect(try value(of: "u", in: model.weights(of: .unet)) == 0)
            #expect(try model.configuration(of: .vae).reader().int("latent_channels", default: 0) == 7)
            #expect(try model.configuration(of: .unet).reader().int("in_channels", default: 0) == 4)
            #expect(model.schedulerClass == "PNDMScheduler")
        }
    }

    /// The same autoencoder from a whole checkpoint, and alone in a file with and without the prefixes in use.
    @Test(arguments: ["first_stage_model.", "vae.", ""]) func anAutoencoderInAFileWithTheOriginalNames(prefix: String)
        throws
    {
        let whole = try ReplacedAutoencoder(in: ModelFolder(builder.path), by: file)
        let tensors = try loadTensors(file).filter { $0.key.hasPrefix("first_stage_model.") }
        let path = try builder.folder.write(
            "vae.safetensors", tensors: tensors.map { (name: prefix + $0.key.dropFirst(18), tensor: $0.value) })
        let alone = try ReplacedAutoencoder(in: ModelFolder(builder.path), by: path)
        #expect(try alone.weights(of: .vae).names == whole.weights(of: .vae).names)
        #expect(try alone.configuration(of: .vae).node.serialized == whole.configuration(of: .vae).node.serialized)
        let name = "decoder.mid_block.attentions.0.to_v.weight"
        #expect(
            try alone.weights(of: .vae).parameter(named: name, shape: [64, 64]).scalars()
                == whole.weights(of: .vae).parameter(named: name, shape: [64, 64]).scalars())
    }

    @Test func whatHoldsNoAutoencoderIsRefused() throws {
        #expect(throws: ModelError.self) {
            try ReplacedAutoencoder(in: ModelFolder(builder.path), by: builder.folder.path)
        }
        let unet = "\(builder.path)/unet/diffusion_pytorch_model.safetensors"
        #expect(throws: ModelError.self) { try ReplacedAutoencoder(in: ModelFolder(builder.path), by: unet) }
    }
}
