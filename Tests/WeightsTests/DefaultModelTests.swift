import DiffusionWeights
import TestSupport
import Testing

@Suite struct DefaultModelTests {
    /// The bundle lies beside the test program, as it does beside the command-line program.
    @Test func theEmbeddedModelIsFoundAndComplete() throws {
        let model = try ModelFolder(DefaultModel.locate())
        for part in [ModelPart.unet, .vae, .textEncoder] {
            let store = try model.weights(of: part)
            #expect(!store.names.isEmpty)
            _ = try model.configuration(of: part)
        }
        let tokenizer = try model.tokenizer()
        #expect(tokenizer.tokenizer != nil || tokenizer.vocabulary != nil && tokenizer.merges != nil)
    }

    @Test func aCopiedBundleIsFoundBesideTheProgram() throws {
        let folder = try TemporaryFolder()
        let bundle = FileSystem.parent(of: try DefaultModel.locate())
        let model = try folder.folder("bin/\(FileSystem.lastComponent(of: bundle))/Default")
        #expect(try DefaultModel.locate(in: ["\(folder.path)/none", "\(folder.path)/bin"]) == model)
    }

    @Test func aMissingBundleIsAnErrorThatNamesThePlaces() throws {
        let folder = try TemporaryFolder()
        let error = #expect(throws: ModelError.self) { try DefaultModel.locate(in: [folder.path, "/nowhere"]) }
        #expect(error?.sentence.contains(folder.path) == true)
        #expect(error?.sentence.contains("/nowhere/Diffusion_DiffusionWeights.") == true)
        #expect(error?.remedy?.contains("--model") == true)
    }
}
