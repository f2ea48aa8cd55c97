import DiffusionBasics
import DiffusionSchedulers
import DiffusionTensors
import Testing

/// What every sampler must do with requests and configurations it cannot walk: throw, and otherwise stay finite.
@Suite("Every sampler")
struct SchedulerRefusalTests {
    static let names = SamplerRegistry.entries.map(\.className)

    private func scheduler(
        _ name: String, _ stepCount: Int, options: SamplerOptions = SamplerOptions(),
        configure: (inout SchedulerConfiguration) -> Void = { _ in }
    ) throws -> any Scheduler {
        var configuration = SchedulerConfiguration()
        configure(&configuration)
        return try SamplerRegistry.sampler(named: name).makeScheduler(
            configuration: configuration.correctedForStableDiffusion(), stepCount: stepCount, options: options)
    }

    @Test("refuses step counts beyond the training schedule", arguments: names)
    func stepCounts(name: String) throws {
        for stepCount in [Int.min, -1, 0, 1001, Int.max] {
            #expect(throws: SchedulerError.self, "\(stepCount)") { try scheduler(name, stepCount) }
        }
    }

    @Test("refuses a schedule without noise or signal", arguments: names)
    func badSchedules(name: String) throws {
        for betas in [[0, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1]] as [[Double]] {
            #expect(throws: (any Error).self, "\(betas)") {
                try scheduler(name, 4) {
                    $0.trainedBetas = betas
                    $0.numTrainTimesteps = betas.count
                    $0.originalInferenceSteps = 6
                }
            }
        }
    }

    @Test("either refuses a spacing or takes it", arguments: names)
    func spacings(name: String) throws {
        for spacing in SigmaSpacing.allCases {
            do {
                let spaced = try scheduler(name, 10, options: SamplerOptions(sigmaSpacing: spacing))
                #expect(try spaced.evaluations.map(\.sigma) != scheduler(name, 10).evaluations.map(\.sigma))
            } catch let error as SchedulerError {
                #expect(error.code == "sampler.unsupported-option")
            }
        }
    }

    @Test("stays finite and lists falling noise levels, for all step counts that it takes", arguments: names)
    func staysFinite(name: String) throws {
        for stepCount in [1, 2, 3, 4, 5, 7, 14, 15, 16, 33] {
            guard var scheduler = try? scheduler(name, stepCount) else {
                #expect(name == "PNDMScheduler" && stepCount < 4)
                continue
            }
            let starts = stride(from: 0, to: scheduler.evaluations.count, by: type(of: scheduler).evaluationsPerStep)
                .map { scheduler.evaluations[$0].sigma }
            #expect(zip(starts, starts.dropFirst()).allSatisfy { $0 >= $1 })
            var generator = TorchNoiseGenerator(seed: 1)
            var sample = scheduler.initialNoiseSigma * generator.normal([1, 3, 2, 4])
            for (index, evaluation) in scheduler.evaluations.enumerated() {
                #expect(evaluation.index == index && evaluation.sigma > 0)
                let output = scheduler.modelInput(for: sample, at: evaluation).map { 0.9 * $0 + 0.01 }
                sample =
                    scheduler.step(from: sample, modelOutput: output, at: evaluation, using: &generator)
                    .previousSample
            }
            #expect(sample.isFinite, "\(stepCount) steps")
        }
    }

    @Test("gives the same again from a copy", arguments: names)
    func copies(name: String) throws {
        var first = try scheduler(name, 6)
        var generator = TorchNoiseGenerator(seed: 2)
        var sample = generator.normal([1, 1, 4, 5])
        for evaluation in first.evaluations.dropLast() {
            sample =
                first.step(from: sample, modelOutput: 0.5 * sample, at: evaluation, using: &generator).previousSample
        }
        var (second, sameGenerator) = (first, generator)
        let last = try #require(first.evaluations.last)
        let results = [
            first.step(from: sample, modelOutput: 0.5 * sample, at: last, using: &generator),
            second.step(from: sample, modelOutput: 0.5 * sample, at: last, using: &sameGenerator),
        ]
        #expect(results[0].previousSample.scalars == results[1].previousSample.scalars)
    }
}
