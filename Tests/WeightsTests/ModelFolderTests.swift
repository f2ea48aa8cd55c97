import DiffusionBasics
import DiffusionWeights
import TestSupport
import Testing

@Suite struct ModelFolderTests {
    private let builder: FolderBuilder

    init() throws { builder = try FolderBuilder() }

    private func refusal() throws -> any DescribedError {
        let error = #expect(throws: (any Error).self) { try ModelFolder(builder.path) }
        return try #require(error as? any DescribedError)
    }

    @Test func aCompleteFolderGivesItsParts() throws {
        let model = try ModelFolder(builder.path)
        #expect(model.schedulerClass == "PNDMScheduler")
        #expect(model.safetyChecker == nil)
        #expect(model.card == ModelCard())
        #expect(try model.configuration(of: .unet).reader().int("in_channels", default: 0) == 4)
        #expect(try model.configuration(of: .scheduler).file == "\(builder.path)/scheduler/scheduler_config.json")
        #expect(try model.tokenizer().vocabulary == Array("{}".utf8))
        #expect(try value(of: "u", in: model.weights(of: .unet)) == 0)
        #expect(try value(of: "t", in: model.weights(of: .textEncoder)) == 0)
        let autoencoder = try model.weights(of: .vae)
        #expect(try value(of: "v", in: autoencoder) == 0)
        #expect(autoencoder.unreadNames == [])
    }

    @Test func theSafetyCheckerIsNamed() throws {
        let checker = #"["stable_diffusion","StableDiffusionSafetyChecker"]"#
        try builder.write("model_index.json", FolderBuilder.index(["safety_checker": checker]))
        #expect(try ModelFolder(builder.path).safetyChecker == "StableDiffusionSafetyChecker")
    }

    @Test func aFolderThroughALinkIsTheFolder() throws {
        try builder.folder.link("link", to: "model")
        #expect(try ModelFolder("\(builder.folder.path)/link/").schedulerClass == "PNDMScheduler")
    }

    @Test(arguments: [
        ("_class_name", "\"StableDiffusionXLPipeline\""), ("_class_name", "\"StableDiffusion3Pipeline\""),
        ("_class_name", "\"FluxPipeline\""), ("_class_name", "\"StableDiffusionUpscalePipeline\""),
        ("unet", #"["diffusers","UNet2DModel"]"#), ("vae", #"["diffusers","VQModel"]"#),
        ("text_encoder", #"["transformers","T5EncoderModel"]"#), ("tokenizer", #"["transformers","T5Tokenizer"]"#),
    ])
    func otherClassesAreRefusedByName(key: String, value: String) throws {
        try builder.write("model_index.json", FolderBuilder.index([key: value]))
        let error = try refusal()
        #expect(error.code == "model.unsupported-class")
        let name = try #require(value.split(separator: "\"").last { $0 != "]" })
        #expect(error.sentence.contains("is \"\(name)\", supported: "))
    }

    @Test(arguments: ["unet", "vae", "text_encoder", "tokenizer", "scheduler"])
    func partsThatAreNullAreMissing(part: String) throws {
        try builder.write("model_index.json", FolderBuilder.index([part: "[null,null]"]))
        #expect(try refusal().sentence.contains("names no \(part)"))
    }

    @Test func anIndexOfAnotherShapeIsRefused() throws {
        for text in [
            "[]", "{", #"{"_class_name":1}"#, "{}", FolderBuilder.index(["unet": "3"]),
            FolderBuilder.index(["vae": "[1,2]"]),
        ] {
            try builder.write("model_index.json", text)
            #expect(try refusal().sentence.contains("model_index.json"))
        }
    }

    @Test func whatIsNoModelFolderSaysWhatIsMissing() throws {
        #expect(throws: FileError.missing(path: "\(builder.path)/none")) { try ModelFolder("\(builder.path)/none") }
        let file = "\(builder.path)/model_index.json"
        #expect(throws: FileError.wrongKind(path: file, found: .regular, expected: "a model's folder")) {
            try ModelFolder(file)
        }
        #expect(throws: FileError.wrongKind(path: "/dev/null", found: .device, expected: "a model's folder")) {
            try ModelFolder("/dev/null")
        }
        let part = #expect(throws: ModelError.self) { try ModelFolder("\(builder.path)/unet") }
        #expect(part?.sentence.contains("model_index.json is missing") == true)
        #expect(part?.sentence.contains("this seems to be one part of a model") == true)
    }

    @Test(arguments: ["unet", "tokenizer"]) func aPartWithoutItsFolderIsNamed(part: String) throws {
        try builder.remove(part)
        #expect(try refusal().sentence.contains("/\(part) is missing"))
        try builder.write(part, "a file")
        #expect(try refusal().sentence.contains("/\(part) is a file, expected a folder."))
    }

    @Test func aPartWithoutItsConfigurationIsNamed() throws {
        try builder.remove("vae/config.json")
        let error = #expect(throws: ModelError.self) { try ModelFolder(builder.path).configuration(of: .vae) }
        #expect(error?.sentence.contains("/vae/config.json is missing") == true)
    }

    @Test func aConfigurationOfAnotherClassIsRefused() throws {
        try builder.write("unet/config.json", #"{"_class_name":"UNet2DModel"}"#)
        let error = #expect(throws: ModelError.self) { try ModelFolder(builder.path).configuration(of: .unet) }
        #expect(error?.sentence.contains("_class_name is \"UNet2DModel\"") == true)
    }

    @Test func theCardIsRead() throws {
        try builder.write(
            "diffuse.json",
            #"{"steps":8,"cfg_scale":3,"sampler":"DDIM","width":128,"height":96,"knows":["owl"],"synonyms":["bird"],"mood":1}"#
        )
        let card = try ModelFolder(builder.path).card
        #expect(card.steps == 8 && card.guidanceScale == 3 && card.sampler == "DDIM")
        #expect(
            card.width == 128 && card.height == 96 && card.knows == ["owl"] && card.synonyms == ["bird"]
                && card.unknownKeys == ["mood"])
    }

    @Test(arguments: [#"{"steps":0}"#, #"{"steps":"x"}"#, #"{"width":-1}"#, #"{"knows":"owl"}"#, "[]", "{"])
    func aCardThatIsWrongIsRefused(text: String) throws {
        try builder.write("diffuse.json", text)
        #expect(try refusal().sentence.contains("diffuse.json"))
    }
}
