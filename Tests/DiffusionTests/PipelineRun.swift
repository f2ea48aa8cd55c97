import Diffusion
import DiffusionBasics
import DiffusionTensors
import TestSupport
import Testing

/// A recorded run of diffusers' StableDiffusionPipeline over a folder of `Fixtures/pipeline`.
struct PipelineRun: Sendable, CustomTestStringConvertible {
    let fixture: Fixture
    let name: String
    let request: GenerationRequest
    /// The sampler that diffusers ran, by its class.
    let effectiveSampler: String

    var testDescription: String { "\(fixture.path.split(separator: "/").last ?? "") \(name)" }

    static func all() throws -> [PipelineRun] {
        try Fixture.names(in: "pipeline").flatMap { folder in
            let fixture = Fixture(folder)
            let runs = try fixture.json("runs.json").object?["runs"]?.array ?? []
            return try runs.map { try PipelineRun(fixture, $0) }
        }
    }

    private init(_ fixture: Fixture, _ node: JSONNode) throws {
        let reader = try ConfigurationReader(node, file: fixture.file("runs.json"))
        self.fixture = fixture
        name = try reader.string("name", default: "")
        effectiveSampler = try reader.string("effectiveSampler", default: "")
        var request = GenerationRequest(prompt: try reader.string("prompt", default: ""))
        request.negativePrompt = try reader.string("negativePrompt", default: "")
        request.width = try reader.optionalInt("width")
        request.height = try reader.optionalInt("height")
        request.steps = try reader.optionalInt("steps")
        request.guidanceScale = try reader.optionalDouble("guidanceScale")
        request.guidanceRescale = try reader.double("guidanceRescale", default: 0)
        request.eta = try reader.double("eta", default: 0)
        request.seed = UInt64(try reader.int("seed", default: 0))
        request.sampler = try reader.optionalString("sampler")
        request.imageCount = try reader.int("imagesPerPrompt", default: 1)
        self.request = request
    }
}
