import Diffusion
import DiffusionBasics
import DiffusionTensors
import Foundation
import TestSupport
import Testing

/// What trades exactness for time: guidance in a part of the run, reused deep features.
@Suite(.serialized) struct ApproximationTests {
    private let location = ModelLocation.path(Fixture("pipeline/sd1_ddim").path)

    private func request(_ change: (inout GenerationRequest) -> Void = { _ in }) -> GenerationRequest {
        var request = GenerationRequest(prompt: "a cat")
        (request.seed, request.steps, request.width, request.height) = (7, 4, 24, 16)
        change(&request)
        return request
    }

    private func latents(_ pipeline: DiffusionPipeline, _ request: GenerationRequest) async throws -> Tensor {
        try #require(try await pipeline.images(request).first).latents
    }

    @Test(arguments: ["0.2..0.8", "0..0.5", "0.25..1", "0..1"]) func rangesAreReadAndWritten(_ text: String) throws {
        let range = try #require(GuidanceRange(rawValue: text))
        #expect(range.rawValue == text)
        let data = try JSONEncoder().encode(request { $0.guidanceRange = range })
        #expect(try JSONDecoder().decode(GenerationRequest.self, from: data).guidanceRange == range)
    }

    @Test(arguments: [
        "", "..", "0.2", "0...1", "0.8..0.2", "0.5..0.5", "-0.1..1", "0..1.1", "nan..1", "0..1..2", "a..b",
    ])
    func otherRangesAreRefused(_ text: String) throws {
        #expect(GuidanceRange(rawValue: text) == nil)
        let json = Data(#"{"prompt": "a cat", "cfg_range": "\#(text)"}"#.utf8)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(GenerationRequest.self, from: json) }
    }

    @Test(arguments: ["deep:1", "deep:0", "deep:-2", "deep:", "deep", "3", "deep:2.5", "deep:99999999999999999999"])
    func otherCachesAreRefused(_ text: String) throws {
        #expect(FeatureCache(rawValue: text) == nil)
        #expect(FeatureCache(rawValue: "deep:3")?.deepInterval == 3)
        #expect(FeatureCache(deepInterval: 3)?.rawValue == "deep:3")
    }

    @Test func requestsSurviveJSON() throws {
        let request = request {
            ($0.guidanceRange, $0.cache) = (GuidanceRange(start: 0.1, end: 0.9), FeatureCache(deepInterval: 5))
            $0.tiling = .on
        }
        let data = try JSONEncoder().encode(request)
        #expect(try JSONDecoder().decode(GenerationRequest.self, from: data) == request)
        let json = Data(#"{"prompt": "a", "cfg_range": "0.5..1", "cache": "deep:4", "vae_tiling": "off"}"#.utf8)
        let decoded = try JSONDecoder().decode(GenerationRequest.self, from: json)
        #expect(decoded.guidanceRange?.start == 0.5 && decoded.cache?.deepInterval == 4 && decoded.tiling == .off)
    }

    /// Before and after the range a step is that of a run without guidance, from the same latents.
    @Test func outsideOfItsRangeGuidanceIsOff() async throws {
        let pipeline = try await DiffusionPipeline(location)
        let guided = try await steps(pipeline, request())
        let unguided = try await steps(pipeline, request { $0.guidanceScale = 1 })
        let late = try await steps(pipeline, request { $0.guidanceRange = GuidanceRange(start: 0.5, end: 1) })
        let early = try await steps(pipeline, request { $0.guidanceRange = GuidanceRange(start: 0, end: 0.5) })
        for index in 0..<4 {
            #expect((firstDifferentBit(late[index], unguided[index]) == nil) == (index < 2), "\(index)")
            #expect((firstDifferentBit(early[index], guided[index]) == nil) == (index < 2), "\(index)")
            #expect(firstDifferentBit(late[index], guided[index]) != nil, "\(index)")
        }
        #expect(firstDifferentBit(early[3], unguided[3]) != nil)
        let whole = try await latents(pipeline, request { $0.guidanceRange = GuidanceRange(start: 0, end: 1) })
        #expect(firstDifferentBit(whole, guided[3]) == nil)
    }

    private func steps(_ pipeline: DiffusionPipeline, _ request: GenerationRequest) async throws -> [Tensor] {
        var latents: [Tensor] = []
        for try await case .stepCompleted(let report) in try pipeline.generate(request) {
            latents.append(report.latents)
        }
        return latents
    }

    /// A cache belongs to one picture: the second of a batch is that of a request of its own.
    @Test func cachesAreOfOnePicture() async throws {
        let pipeline = try await DiffusionPipeline(location)
        let cached = request { ($0.cache, $0.imageCount) = (FeatureCache(deepInterval: 3), 2) }
        let images = try await pipeline.images(cached)
        let alone = try await latents(pipeline, request { ($0.cache, $0.seed) = (FeatureCache(deepInterval: 3), 8) })
        #expect(firstDifferentBit(images[1].latents, alone) == nil)
        let exact = try await latents(pipeline, request { $0.seed = 8 })
        #expect(firstDifferentBit(alone, exact) != nil)
    }

    @Test func cachesAndRangesWorkTogether() async throws {
        let pipeline = try await DiffusionPipeline(location)
        let both = try await latents(
            pipeline,
            request {
                ($0.cache, $0.guidanceRange) = (FeatureCache(deepInterval: 2), GuidanceRange(start: 0.5, end: 1))
            })
        let range = try await latents(pipeline, request { $0.guidanceRange = GuidanceRange(start: 0.5, end: 1) })
        #expect(both.isFinite && firstDifferentBit(both, range) != nil)
    }

    @Test func aModelOfOneLevelHasNothingToReuse() throws {
        let folder = try TemporaryFolder()
        let model = "\(folder.path)/model"
        try FileManager.default.copyItem(atPath: Fixture("pipeline/sd1_ddim").path, toPath: model)
        let configuration = """
            {"_class_name": "UNet2DConditionModel", "block_out_channels": [8], "attention_head_dim": 2,
             "down_block_types": ["CrossAttnDownBlock2D"], "up_block_types": ["CrossAttnUpBlock2D"],
             "cross_attention_dim": 16, "norm_num_groups": 4, "sample_size": 8}
            """
        try Data(configuration.utf8).write(to: URL(fileURLWithPath: "\(model)/unet/config.json"))
        let opened = try DiffusionModel(.path(model))
        _ = try opened.resolve(request())
        let error = try #require(throws: RequestError.self) {
            try opened.resolve(request { $0.cache = FeatureCache(deepInterval: 2) })
        }
        #expect(error.description.contains("one level"))
    }

    @Test func tilesGoByTheSizeAlone() throws {
        let model = try DiffusionModel(location)
        func tiles(_ width: Int, _ height: Int, _ choice: TilingChoice) throws -> Bool {
            try model.resolve(request { ($0.width, $0.height, $0.tiling) = (width, height, choice) }).decodesInTiles
        }
        #expect(try !tiles(1016, 1024, .auto) && tiles(1024, 1024, .auto) && tiles(512, 2048, .auto))
        #expect(try tiles(64, 64, .on) && !tiles(2048, 2048, .off))
    }
}
