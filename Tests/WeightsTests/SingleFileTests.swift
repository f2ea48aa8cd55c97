import DiffusionBasics
import DiffusionTensors
import DiffusionWeights
import TestSupport
import Testing

/// Checkpoints with the original names, against what diffusers' `from_single_file` reads from them
/// (`make_single_file_goldens.py`).
@Suite struct SingleFileTests {
    static let fixtures = FileSystem.join(FileSystem.parent(of: #filePath), "Fixtures")
    static let parts: [ModelPart] = [.unet, .vae, .textEncoder]

    private func model(_ name: String) throws -> SingleFileModel {
        try SingleFileModel(FileSystem.join(Self.fixtures, "\(name).safetensors"))
    }

    private func golden(_ name: String) throws -> JSONObject {
        let node = try RegularFile.json(at: FileSystem.join(Self.fixtures, "\(name).json"))
        return try #require(node.object)
    }

    @Test(arguments: ["sd1", "sd2"]) func everyTensorHasTheNameShapeAndElementsThatDiffusersGivesIt(name: String) throws
    {
        let model = try model(name)
        let golden = try #require(try golden(name)["tensors"]?.object)
        for part in Self.parts {
            let store = try model.weights(of: part)
            let tensors = try #require(golden[part.rawValue]?.object)
            for tensor in tensors.members {
                let expected = try #require(tensor.node.object)
                let shape = try #require(expected["shape"]?.array?.compactMap { $0.number?.integer(as: Int.self) })
                let values = try store.parameter(named: tensor.key, shape: Shape(shape)).scalars()
                try store.check()
                let indexed = values.enumerated().reduce(0.0) { $0 + Double($1.element) * Double($1.offset % 1009) }
                #expect(values.reduce(0.0) { $0 + Double($1) } == expected["sum"]?.number?.double, "\(tensor.key)")
                #expect(indexed == expected["indexed"]?.number?.double, "\(tensor.key)")
            }
            #expect(store.unreadNames == [])
        }
    }

    @Test(arguments: ["sd1", "sd2"]) func configurationsAreReadOffTheShapes(name: String) throws {
        let model = try model(name)
        let golden = try #require(try golden(name)["configurations"]?.object)
        for part in Self.parts {
            let found = try #require(try model.configuration(of: part).node.object)
            for expected in try #require(golden[part.rawValue]?.object).members {
                #expect(found[expected.key]?.serialized == expected.node.serialized, "\(part) \(expected.key)")
            }
        }
    }

    @Test func theSchedulerIsThatOfTheFamily() throws {
        let first = try model("sd1")
        #expect(first.schedulerClass == "PNDMScheduler")
        #expect(try first.configuration(of: .scheduler).reader().string("prediction_type", default: "") == "epsilon")
        #expect(try first.configuration(of: .unet).reader().int("sample_size", default: 0) == 64)
        let second = try model("sd2")
        #expect(second.schedulerClass == "DDIMScheduler")
        #expect(
            try second.configuration(of: .scheduler).reader().string("prediction_type", default: "") == "v_prediction")
        #expect(try second.configuration(of: .unet).reader().int("sample_size", default: 0) == 96)
    }

    /// The tokens and ids of the published `vocab.json`, at both ends and at the borders of its sections.
    @Test func theTokenizerIsThatOfCLIP() throws {
        let files = try model("sd1").tokenizer()
        let bytes = try #require(files.vocabulary)
        let vocabulary = try #require(try JSONParser.parse(bytes, file: "vocab.json").object)
        #expect(vocabulary.members.count == 49_408)
        let ids = [
            "!": 0, "~": 93, "¡": 94, "ÿ": 187, "Ā": 188, "Ń": 255, "!</w>": 256, "Ń</w>": 511, "in": 512,
            "the</w>": 518,
            "cat</w>": 2368, "<|startoftext|>": 49_406, "<|endoftext|>": 49_407,
        ]
        for (token, id) in ids { #expect(vocabulary[token]?.number?.integer() == id, "\(token)") }
        #expect(vocabulary.members.enumerated().allSatisfy { $0.element.node.number?.integer() == $0.offset })
    }

    @Test func promptsArePaddedAsTheFamilyWantsIt() throws {
        for (name, padding) in [("sd1", "<|endoftext|>"), ("sd2", "!")] {
            let bytes = try #require(try model(name).tokenizer().configuration)
            let reader = try ConfigurationReader(JSONParser.parse(bytes, file: "t"), file: "t")
            #expect(try reader.string("pad_token", default: "") == padding)
            #expect(try reader.int("model_max_length", default: 0) == 12)
        }
    }
}

/// What tells the prediction type of Stable Diffusion 2.x, and what is refused by name.
@Suite struct CheckpointRecognitionTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func write(_ names: [String], input: Int = 4, isLinear: Bool = false, metadata: [String: String] = [:])
        throws -> String
    {
        let shapes = ["model.diffusion_model.input_blocks.0.0.weight": Shape([1, input, 1, 1])]
        let projection = "model.diffusion_model.input_blocks.1.1.proj_in.weight"
        let tensors = (names + (isLinear ? [projection] : [])).map {
            (name: $0, tensor: Tensor(zeros: shapes[$0] ?? [1, 1]))
        }
        return try folder.write("x.safetensors", tensors: tensors, metadata: metadata)
    }

    private static let unet = "model.diffusion_model.input_blocks.0.0.weight"

    @Test(
        arguments: [
            ([:], "v_prediction"), (["modelspec.prediction_type": "epsilon"], "epsilon"),
            (["modelspec.prediction_type": "v"], "v_prediction"),
            (["modelspec.architecture": "stable-diffusion-v2-512"], "epsilon"),
            (["modelspec.architecture": "stable-diffusion-v2-768-v"], "v_prediction"),
            (["modelspec.architecture": "something"], "v_prediction"),
        ] as [([String: String], String)])
    func thePredictionTypeComesFromTheFilesOwnWord(metadata: [String: String], expected: String) throws {
        let model = try SingleFileModel(write([Self.unet], isLinear: true, metadata: metadata))
        #expect(try model.configuration(of: .scheduler).reader().string("prediction_type", default: "") == expected)
    }

    @Test func aTensorOfThatNameMeansVelocityInEveryFamily() throws {
        #expect(try SingleFileModel(write([Self.unet])).schedulerClass == "PNDMScheduler")
        let model = try SingleFileModel(write([Self.unet, "v_pred"]))
        #expect(
            try model.configuration(of: .scheduler).reader().string("prediction_type", default: "") == "v_prediction")
    }

    @Test func theTrainingStepOfTheReleasedBaseModelMeansEpsilon() throws {
        let header = """
            {"global_step":{"dtype":"I64","shape":[],"data_offsets":[0,8]},
            "\(Self.unet)":{"dtype":"F32","shape":[1,4,1,1],"data_offsets":[8,24]},
            "model.diffusion_model.middle_block.1.proj_in.weight":{"dtype":"F32","shape":[1,1],"data_offsets":[24,28]}}
            """
        for (step, expected) in [(875_000, "PNDMScheduler"), (550_000, "DDIMScheduler")] {
            let path = try folder.write(
                "s.safetensors", safetensors(header, data: littleEndian(Int64(step)) + zeros(20)))
            #expect(try SingleFileModel(path).schedulerClass == expected)
        }
    }

    private func refusal(_ path: String) throws -> any DescribedError {
        let error = #expect(throws: (any Error).self) { try SingleFileModel(path) }
        return try #require(error as? any DescribedError)
    }

    @Test(arguments: [
        (["lora_unet_mid_block_attentions_0_proj_in.lora_down.weight"], "a LoRA file"),
        (["unet.mid_block.attentions.0.to_q.lora_A.weight"], "a LoRA file"),
        (["control_model.time_embed.0.weight"], "a ControlNet"),
        (["controlnet_cond_embedding.conv_in.weight", "down_blocks.0.resnets.0.conv1.weight"], "a ControlNet"),
        (["conditioner.embedders.1.model.positional_embedding", unet], "a Stable Diffusion XL model"),
        (["conditioner.embedders.0.model.text_projection", unet], "a Stable Diffusion XL refiner"),
        (["model.diffusion_model.joint_blocks.0.context_block.adaLN_modulation.1.bias"], "a Stable Diffusion 3 model"),
        (["joint_blocks.0.context_block.adaLN_modulation.1.bias"], "a Stable Diffusion 3 model"),
        (["double_blocks.0.img_attn.norm.key_norm.scale"], "a Flux model"),
        (["model.diffusion_model.double_blocks.0.img_attn.norm.key_norm.scale"], "a Flux model"),
        (["down_blocks.0.motion_modules.0.temporal_transformer.norm.bias"], "an AnimateDiff motion module"),
        (["emb_params"], "a textual inversion embedding"),
        (["down_blocks.0.x", "up_blocks.0.x"], "a U-Net alone"),
        (["first_stage_model.decoder.conv_in.weight"], "an autoencoder alone"),
        (["decoder.conv_in.weight"], "an autoencoder alone"),
        (["text_model.embeddings.token_embedding.weight"], "a text encoder alone"),
    ])
    func otherFamiliesAreRefusedByName(names: [String], family: String) throws {
        let error = try refusal(write(names))
        #expect(error.sentence.contains("is \(family)"))
        #expect(error.remedy?.contains("Stable Diffusion 1.x and 2.x") == true)
    }

    @Test(arguments: [(5, "depth-to-image"), (7, "upscaler"), (8, "InstructPix2Pix")])
    func otherInputsAreRefusedByName(channels: Int, family: String) throws {
        #expect(try refusal(write([Self.unet], input: channels)).sentence.contains(family))
    }

    @Test func whatNobodyKnowsIsShownByItsNames() throws {
        #expect(try refusal(write(["foo.bar"])).sentence.contains("its tensors are named like \"foo.bar\""))
    }

    @Test(arguments: [
        ("x.ckpt", "PK\u{3}\u{4}........"), ("x.bin", "PK\u{3}\u{4}........"), ("x.gguf", "GGUF........"),
    ])
    func otherKindsOfFilesAreRefusedByWhatTheyAre(name: String, content: String) throws {
        #expect(try refusal(folder.write(name, content)).code == "weights.foreign-file")
    }

    @Test func partsThatTheFileLacksAreNamed() throws {
        let model = try SingleFileModel(write([Self.unet]))
        for (part, name) in [(ModelPart.vae, "autoencoder"), (.textEncoder, "text encoder")] {
            let error = #expect(throws: ModelError.self) { try model.configuration(of: part) }
            #expect(error == .missingPart(path: model.path, part: name))
            #expect(throws: ModelError.self) { try model.weights(of: part) }
        }
        #expect(throws: ModelError.self) { try model.configuration(of: .unet) }
    }
}
