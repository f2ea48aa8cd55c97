import DiffusionBasics
import DiffusionEngine
import DiffusionRenderer
import DiffusionTensors
import TestSupport
import Testing

/// Tiny autoencoders against diffusers.
@Suite(.serialized) struct AutoencoderTinyGoldenTests {
    @Test(arguments: try Fixture.names(in: "tiny_vae")) func decodesAsDiffusers(_ name: String) throws {
        let fixture = Fixture(name)
        let tensors = try fixture.tensors()
        let context = try ComputeContext(threadCount: 2)
        let decoder = try loadDecoder(fixture, in: context)
        for name in ["decode", "decode_flat"] {
            let picture = try decoder(
                latents: try #require(tensors["\(name)/latents"]), addsShift: false, in: context)
            let expected = try #require(tensors["\(name)/sample"])
            let label = "\(fixture.path) \(name)"
            #expect(differences(try toNCHW(picture, in: context), from: expected, tolerance: 1e-5, name: label) == nil)
        }
    }

    @Test(arguments: try Fixture.names(in: "tiny_vae")) func encodesAsDiffusers(_ name: String) throws {
        let fixture = Fixture(name)
        let tensors = try fixture.tensors()
        let context = try ComputeContext(threadCount: 2)
        let store = try fixture.weights("diffusion_pytorch_model.safetensors", optional: ["decoder"])
        let scope = WeightScope(store)
        let encoder = try AutoencoderArchitecture(fixture.configuration()).makeEncoder(scope)
        try store.check()
        #expect(store.unreadNames == [])
        try context.load(scope.loads)
        for name in ["encode", "encode_odd"] {
            let picture = try toNHWC(try #require(tensors["\(name)/sample"]), in: context)
            let latents = try encoder(picture, in: context)
            let expected = try #require(tensors["\(name)/latents"])
            let label = "\(fixture.path) \(name)"
            #expect(differences(latents.mean, from: expected, tolerance: 1e-5, name: label) == nil)
        }
    }

    /// diffusers' `retrieve_latents` takes such latents as they are and draws nothing.
    @Test func latentsWithoutSpreadDrawNothing() {
        let latents = LatentDistribution(exactly: Tensor(shape: [1, 2, 1, 1], scalars: [3, -4]))
        var generator = TorchNoiseGenerator(seed: 5)
        var same = generator
        #expect(latents.sample(using: &generator).scalars == [3, -4])
        #expect(generator.normal([4]).scalars == same.normal([4]).scalars)
    }

    @Test(arguments: [
        (#""upsample_fn": "bilinear""#, "upsample_fn"),
        (#""upsampling_scaling_factor": 4"#, "upsampling_scaling_factor"),
        (#""act_fn": "mish""#, "act_fn"), (#""encoder_block_out_channels": [64, 64, 64, 32]"#, "encoder_block_out"),
        (#""num_decoder_blocks": [1, 2]"#, "num_decoder_blocks"), (#""num_encoder_blocks": []"#, "block_out_channels"),
        (#""scaling_factor": 0"#, "scaling_factor"), (#""latent_channels": 0"#, "latent_channels"),
        (#""num_decoder_blocks": [1, 2, 3, -1]"#, "num_decoder_blocks"),
    ]) func otherConfigurationsAreRefused(_ change: String, _ key: String) throws {
        let json = #"{"_class_name": "AutoencoderTiny", \#(change)}"#
        let error = try #require(throws: ConfigurationError.self) {
            try AutoencoderArchitecture(ConfigurationReader(JSONParser.parse(json.utf8, file: "vae"), file: "vae"))
        }
        #expect(error.sentence.contains(key))
    }

    @Test func absentKeysAreThoseOfTAESD() throws {
        let json = #"{"_class_name": "AutoencoderTiny"}"#
        let tiny = try AutoencoderArchitecture(
            ConfigurationReader(JSONParser.parse(json.utf8, file: "vae"), file: "vae"))
        #expect(tiny.downsamplingFactor == 8 && tiny.latentChannels == 4 && tiny.scalingFactor == 1)
    }

    /// A purely convolutional decoder is the same in tiles: they overlap by what its convolutions see.
    @Test(arguments: try Fixture.names(in: "tiny_vae")) func tilesAreExact(_ name: String) throws {
        let fixture = Fixture(name)
        let context = try ComputeContext(threadCount: 2)
        let decoder = try loadDecoder(fixture, in: context)
        let latents = Tensor.random([1, decoder.latentChannels, 23, 37], seed: 3)
        let whole = try decoder.decode(latents, in: context)
        for edge in [16, 29, 64] {
            let plan = TilePlan(edge: edge, wholeByteCount: 0, sampleCount: 4, sampleEdge: 16)
            let tiled = try decoder.decode(latents, tiles: plan, in: context)
            #expect(differences(tiled, from: whole, tolerance: 1e-5, name: "\(name) \(edge)") == nil)
        }
    }
}

private func loadDecoder(_ fixture: Fixture, in context: ComputeContext) throws -> any PictureDecoder {
    let reader = try fixture.configuration()
    let store = try fixture.weights("diffusion_pytorch_model.safetensors", optional: ["encoder"])
    let scope = WeightScope(store)
    let decoder = try AutoencoderArchitecture(reader).makeDecoder(scope)
    try store.check()
    #expect(store.unreadNames == [])
    #expect(reader.unknownKeys.isEmpty)
    try context.load(scope.loads)
    return decoder
}
