import Diffusion
import DiffusionBasics
import TestSupport
import Testing

/// Pipelines under a limit of memory, over a small model with random weights.
@Suite(.serialized) struct MemoryLimitTests {
    private let model: DiffusionModel
    private let request: ResolvedRequest

    init() throws {
        model = try DiffusionModel(.path(Fixture("pipeline/sd1_ddim").path))
        var request = GenerationRequest(prompt: "a photo of a cat")
        (request.steps, request.seed, request.negativePrompt) = (3, 7, "a dog")
        self.request = try model.resolve(request)
    }

    private func bytes(limit: Int?) async throws -> (picture: [UInt8], read: Int?) {
        let options = PipelineOptions(threadCount: 2, memoryLimit: limit)
        let pipeline = try await DiffusionPipeline(model, options: options)
        var picture: [UInt8] = []
        for try await case .finished(let image) in try pipeline.generate(request) { picture = image.image.pixels }
        return (picture, pipeline.readWeightBytes)
    }

    private var smallest: Int {
        model.memoryEstimate(for: request, options: PipelineOptions(threadCount: 2)).smallestByteCount
    }

    /// Under the smallest limit too: such small feature maps have one plan only that pays.
    @Test func aLimitLeavesTheBytesAsTheyAre() async throws {
        let free = try await bytes(limit: nil)
        let roomy = try await bytes(limit: 8_000_000_000)
        #expect(free.read == nil && roomy.picture == free.picture)
        let tight = try await bytes(limit: smallest)
        #expect(tight.picture.count == free.picture.count)
        #expect(roomy.read ?? 0 > 0 && tight.read ?? 0 > 0)
        let difference = zip(tight.picture, free.picture).map { abs(Int($0) - Int($1)) }.max()
        #expect(difference ?? 255 <= 2)
    }

    @Test func tooLittleIsRefusedWithTheSmallestThatWouldDo() async throws {
        let limit = smallest - 1_000_000
        let pipeline = try await DiffusionPipeline(
            model, options: PipelineOptions(threadCount: 2, memoryLimit: limit))
        let error = try #require(throws: MemoryLimitError.self) { try pipeline.generate(request) }
        #expect(error.smallestByteCount == smallest && error.limit == limit && !error.isTransient)
        #expect(error.sentence.contains("the smallest that would do is \(smallest / 1_000_000)MB"))
    }

    @Test func anEstimateGrowsWithThePicture() throws {
        var estimates: [MemoryEstimate] = []
        for side in [64, 256, 1024] {
            var request = request
            (request.width, request.height) = (side, side)
            estimates.append(model.memoryEstimate(for: request))
        }
        #expect(estimates.map(\.smallestByteCount) == estimates.map(\.smallestByteCount).sorted())
        #expect(estimates.map(\.unlimitedByteCount) == estimates.map(\.unlimitedByteCount).sorted())
        #expect(estimates.allSatisfy { $0.smallestByteCount.isMultiple(of: 1_000_000) })
    }

    /// Tiles come where the whole picture has no room, whatever the threads.
    @Test func tilesDependOnTheLimitAlone() throws {
        var request = GenerationRequest(prompt: "a cat")
        (request.width, request.height) = (512, 512)
        func inTiles(_ limit: Int?, _ choice: TilingChoice, threads: Int = 2) throws -> Bool {
            request.tiling = choice
            return try model.resolve(request, for: PipelineOptions(threadCount: threads, memoryLimit: limit))
                .decodesInTiles
        }
        #expect(try !inTiles(nil, .auto) && !inTiles(8_000_000_000, .auto))
        for threads in [1, 16] { #expect(try inTiles(100_000_000, .auto, threads: threads)) }
        #expect(try !inTiles(100_000_000, .off) && inTiles(8_000_000_000, .on))
    }

    @Test func noMemoryAtAllIsRefused() async throws {
        await #expect(throws: RequestError.self) {
            try await DiffusionPipeline(model, options: PipelineOptions(memoryLimit: 0))
        }
    }

    /// Several requests to one pipeline, and a prompt after the text encoder has gone.
    @Test func aPipelineGoesOnUnderItsLimit() async throws {
        let pipeline = try await DiffusionPipeline(
            model, options: PipelineOptions(threadCount: 2, memoryLimit: smallest))
        var other = request
        other.prompt = "a tree"
        for request in [request, other, request] {
            var count = 0
            for try await case .finished in try pipeline.generate(request) { count += 1 }
            #expect(count == 1)
        }
        #expect(pipeline.encodedPromptCount == 3)
    }
}
