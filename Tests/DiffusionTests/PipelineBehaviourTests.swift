import Diffusion
import DiffusionBasics
import DiffusionSchedulers
import DiffusionTensors
import TestSupport
import Testing

@Suite(.serialized) struct PipelineBehaviourTests {
    private let location = ModelLocation.path(Fixture("pipeline/sd1_ddim").path)

    private func request(_ prompt: String = "a photo of a cat", steps: Int = 3) -> GenerationRequest {
        var request = GenerationRequest(prompt: prompt)
        request.steps = steps
        request.seed = 7
        return request
    }

    @Test func eventsComeInOrder() async throws {
        let pipeline = try await DiffusionPipeline(location)
        var request = request()
        request.imageCount = 2
        var names: [String] = []
        for try await event in try pipeline.generate(request) {
            switch event {
            case .promptEncoded(let report):
                names.append("prompt")
                #expect(report.tokenCount > 2 && report.tokenCount <= report.tokenLimit)
            case .stepCompleted(let step):
                names.append("step \(step.imageIndex).\(step.evaluation)/\(step.evaluationCount)")
                #expect(step.latents.shape == step.predictedOriginalSample.shape)
            case .finished(let image): names.append("image \(image.index)")
            }
        }
        let steps = (0..<2).map { image in (1...3).map { "step \(image).\($0)/3" } + ["image \(image)"] }
        #expect(names == ["prompt"] + steps.flatMap(\.self))
    }

    @Test func threadCountsGiveTheSameBytes() async throws {
        var files: Set<[UInt8]> = []
        for threadCount in [1, 2, 3, 8] {
            let pipeline = try await DiffusionPipeline(location, options: .init(threadCount: threadCount))
            files.insert(try #require(try await pipeline.images(request()).first).encoded())
        }
        #expect(files.count == 1)
    }

    /// Cancels in the middle, then uses the same pipeline again.
    @Test func cancellationEndsARunAndLeavesThePipelineWhole() async throws {
        let pipeline = try await DiffusionPipeline(location)
        let sequence = try pipeline.generate(request(steps: 900))
        let task = Task {
            var steps = 0
            for try await case .stepCompleted in sequence {
                steps += 1
                if steps == 2 { withUnsafeCurrentTask { $0?.cancel() } }
            }
            return steps
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await pipeline.images(request()).count == 1)
    }

    @Test func twoPipelinesWorkAtOnce() async throws {
        let (first, second) = (try await DiffusionPipeline(location), try await DiffusionPipeline(location))
        let alone = try #require(try await first.images(request()).first)
        async let a = first.images(request())
        async let b = second.images(request())
        let (imagesA, imagesB) = try await (a, b)
        #expect(imagesA.first?.image == alone.image)
        #expect(imagesB.first?.image == alone.image)
    }

    @Test func requestsToOnePipelineTakeTurns() async throws {
        let pipeline = try await DiffusionPipeline(location)
        let alone = try #require(try await pipeline.images(request()).first)
        let images = try await withThrowingTaskGroup(of: [GeneratedImage].self) { group in
            for _ in 0..<3 { group.addTask { try await pipeline.images(request()) } }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(images.count == 3 && images.allSatisfy { $0.image == alone.image })
    }

    @Test func aSchedulerOfTheCallersOwnIsUsed() async throws {
        let pipeline = try await DiffusionPipeline(location)
        let own = try await pipeline.images(request(), sampler: Sampler(HalvingScheduler.self, name: "halving"))
        let image = try #require(own.first)
        #expect(image.request.sampler == "halving")
        // Three halvings of unit noise, whatever the model says.
        var noise = TorchNoiseGenerator(seed: 7)
        let expected = noise.normal(image.latents.shape).map { $0 / 8 }
        #expect(firstDifferentBit(image.latents, expected) == nil)
    }

    @Test func aLongPromptIsCutAndSaysWhat() async throws {
        let pipeline = try await DiffusionPipeline(location)
        let long = Array(repeating: "a photo of a cat", count: 60).joined(separator: " ") + " unicorn"
        for try await case .promptEncoded(let report) in try pipeline.generate(request(long, steps: 1)) {
            #expect(report.tokenCount == report.tokenLimit)
            #expect(report.warnings.contains { $0.contains("cut") && $0.contains("cat") })
        }
    }

    @Test func nonFiniteLatentsAreAnErrorWithTheStep() async throws {
        let pipeline = try await DiffusionPipeline(location)
        await #expect(throws: GenerationError.nonFiniteLatents(step: 1, of: 3)) {
            try await pipeline.images(request(), sampler: Sampler(BrokenScheduler.self, name: "broken"))
        }
        #expect(try await pipeline.images(request()).count == 1)
    }

    /// Fixed point has no place for what is not finite: it is found within the network, and told as in Float32.
    @Test(arguments: [Precision.f32, .fixed16, .draft]) func nonFiniteInputIsAnErrorWithTheStep(_ precision: Precision)
        async throws
    {
        let pipeline = try await DiffusionPipeline(location, options: .init(precision: precision))
        await #expect(throws: GenerationError.nonFiniteLatents(step: 1, of: 3)) {
            try await pipeline.images(request(), sampler: Sampler(OverflowingScheduler.self, name: "overflowing"))
        }
        let latents = Tensor(shape: [1, 4, 2, 2]) { $0.initialize(repeating: .infinity) }
        await #expect(throws: GenerationError.nonFiniteImage) { try await pipeline.picture(latents: latents) }
        #expect(try await pipeline.images(request()).count == 1)
    }

    @Test func thePartsCanBeUsedAlone() async throws {
        let pipeline = try await DiffusionPipeline(location)
        let context = try await pipeline.encode(prompt: "a cat")
        let channels = try #require(try await pipeline.images(request(steps: 1)).first).latents.shape[1]
        let latents = Tensor(zeros: [1, channels, 5, 7])
        let output = try await pipeline.predict(latents: latents, timesteps: [500], context: context)
        #expect(output.shape == latents.shape)
        let factor = pipeline.model.sizeFactor
        #expect(try await pipeline.decode(latents: latents).shape == [1, 3, 5 * factor, 7 * factor])
        await #expect(throws: RequestError.self) {
            try await pipeline.predict(latents: latents, timesteps: [1, 2], context: context)
        }
        await #expect(throws: RequestError.self) { try await pipeline.decode(latents: Tensor(zeros: [1, 99, 5, 7])) }
    }
}

/// Halves the latents each step and never looks at the model's output.
private struct HalvingScheduler: Scheduler {
    let evaluations: [ModelEvaluation]
    let initialNoiseSigma: Float = 1

    init(configuration: SchedulerConfiguration, stepCount: Int, options: SamplerOptions) {
        evaluations = (0..<stepCount).map { ModelEvaluation(index: $0, timestep: 1, sigma: 1, nextSigma: 1) }
    }

    func adding(noise: Tensor, to original: Tensor, at evaluation: ModelEvaluation) -> Tensor { original + noise }

    mutating func step(
        from sample: Tensor, modelOutput: Tensor, at evaluation: ModelEvaluation,
        using generator: inout some NoiseGenerator
    ) -> SchedulerOutput {
        let half = sample.map { $0 / 2 }
        return SchedulerOutput(previousSample: half, predictedOriginalSample: half)
    }
}

/// Gives infinities.
private struct BrokenScheduler: Scheduler {
    let evaluations: [ModelEvaluation]
    let initialNoiseSigma: Float = 1

    init(configuration: SchedulerConfiguration, stepCount: Int, options: SamplerOptions) {
        evaluations = (0..<stepCount).map { ModelEvaluation(index: $0, timestep: 1, sigma: 1, nextSigma: 1) }
    }

    func adding(noise: Tensor, to original: Tensor, at evaluation: ModelEvaluation) -> Tensor { original }

    mutating func step(
        from sample: Tensor, modelOutput: Tensor, at evaluation: ModelEvaluation,
        using generator: inout some NoiseGenerator
    ) -> SchedulerOutput {
        let broken = sample.map { _ in Float.infinity }
        return SchedulerOutput(previousSample: broken, predictedOriginalSample: broken)
    }
}

/// Gives the model what no arithmetic can use, and passes its output on.
private struct OverflowingScheduler: Scheduler {
    let evaluations: [ModelEvaluation]
    let initialNoiseSigma: Float = 1

    init(configuration: SchedulerConfiguration, stepCount: Int, options: SamplerOptions) {
        evaluations = (0..<stepCount).map { ModelEvaluation(index: $0, timestep: 1, sigma: 1, nextSigma: 1) }
    }

    func modelInput(for sample: Tensor, at evaluation: ModelEvaluation) -> Tensor { sample.map { _ in .infinity } }

    func adding(noise: Tensor, to original: Tensor, at evaluation: ModelEvaluation) -> Tensor { original }

    mutating func step(
        from sample: Tensor, modelOutput: Tensor, at evaluation: ModelEvaluation,
        using generator: inout some NoiseGenerator
    ) -> SchedulerOutput {
        SchedulerOutput(previousSample: modelOutput, predictedOriginalSample: modelOutput)
    }
}
