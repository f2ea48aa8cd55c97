import Diffusion
import DiffusionBasics
import DiffusionSchedulers
import Foundation
import TestSupport
import Testing

@Suite struct RequestTests {
    private let model: DiffusionModel

    init() throws { model = try DiffusionModel(.path(Fixture("pipeline/sd1_ddim").path)) }

    private func request(_ change: (inout GenerationRequest) -> Void) -> GenerationRequest {
        var request = GenerationRequest(prompt: "a cat")
        change(&request)
        return request
    }

    @Test func whatIsLeftOpenIsFilled() throws {
        let resolved = try model.resolve(GenerationRequest(prompt: "a cat"))
        #expect(resolved.width == model.defaultSize.width && resolved.height == model.defaultSize.height)
        #expect(resolved.steps == 20 && resolved.guidanceScale == 7 && resolved.sampler == "DDIM")
        #expect(resolved.seed <= UInt64(UInt32.max))
    }

    @Test func aResolvedRequestResolvesToItself() throws {
        let first = try model.resolve(request { $0.seed = 3 })
        let again = try model.resolve(
            request {
                ($0.width, $0.height, $0.steps, $0.seed) = (first.width, first.height, first.steps, first.seed)
                ($0.guidanceScale, $0.sampler) = (first.guidanceScale, first.sampler)
            })
        #expect(first == again)
    }

    @Test func theEmbeddedModelsCardIsUsed() throws {
        let model = try DiffusionModel(.embedded)
        let resolved = try model.resolve(GenerationRequest(prompt: "a cat"))
        #expect(resolved.width == model.defaultSize.width)
        #expect(model.warnings.isEmpty)
    }

    @Test(arguments: [0, -8, 1, 7, 13, 16_392, 1_000_000_000]) func impossibleSizesAreRefused(_ width: Int) {
        #expect(throws: RequestError.self) { try model.resolve(request { $0.width = width }) }
        #expect(throws: RequestError.self) { try model.resolve(request { $0.height = width }) }
    }

    @Test(arguments: [0, -1, 1001, 1_000_000]) func impossibleStepsAreRefused(_ steps: Int) {
        #expect {
            try model.resolve(request { $0.steps = steps })
        } throws: {
            $0 is RequestError || $0 is SchedulerError
        }
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, 1e9]) func impossibleGuidanceIsRefused(_ scale: Double) {
        #expect(throws: RequestError.self) { try model.resolve(request { $0.guidanceScale = scale }) }
        #expect(throws: RequestError.self) { try model.resolve(request { $0.guidanceRescale = scale }) }
        #expect(throws: RequestError.self) { try model.resolve(request { $0.eta = scale }) }
    }

    @Test func otherImpossibleValuesAreRefused() {
        #expect(throws: RequestError.self) { try model.resolve(request { $0.imageCount = 0 }) }
        #expect(throws: RequestError.self) { try model.resolve(request { $0.clipSkip = 1000 }) }
        #expect(throws: SchedulerError.self) { try model.resolve(request { $0.sampler = "dddim" }) }
    }

    @Test func aMisspelledSamplerGetsTheNearest() throws {
        let error = try #require(throws: SchedulerError.self) { try model.resolve(request { $0.sampler = "dddim" }) }
        #expect(error.description.contains("ddim"))
    }

    @Test func requestsSurviveJSON() throws {
        let request = request {
            ($0.width, $0.height, $0.steps, $0.seed) = (64, 32, 5, UInt64.max)
            ($0.guidanceScale, $0.eta, $0.clipSkip, $0.imageCount) = (2.5, 0.5, 1, 3)
            ($0.sampler, $0.timestepSpacing, $0.noiseSource) = ("ddpm", .trailing, .philox)
            $0.negativePrompt = "rain"
        }
        let data = try JSONEncoder().encode(request)
        #expect(try JSONDecoder().decode(GenerationRequest.self, from: data) == request)
    }

    /// A1111's names, everything but the prompt left open.
    @Test func aShortJSONRequestIsEnough() throws {
        let json = Data(#"{"prompt": "a cat", "cfg_scale": 4, "sampler_name": "DDIM", "n_iter": 2}"#.utf8)
        let decoded = try JSONDecoder().decode(GenerationRequest.self, from: json)
        #expect(
            decoded
                == request {
                    ($0.guidanceScale, $0.sampler, $0.imageCount) = (4, "DDIM", 2)
                })
    }

    @Test func seedsOfABatchCountUp() throws {
        let resolved = try model.resolve(
            request {
                $0.seed = UInt64.max
                $0.imageCount = 3
            })
        #expect((0..<3).map { resolved.image($0).seed } == [UInt64.max, 0, 1])
    }
}
