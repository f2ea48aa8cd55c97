import DiffusionBasics
import DiffusionSchedulers
import DiffusionTensors
import Testing

@Suite("DPM-Solver, multi-step")
struct DPMSolverMultistepSchedulerTests {
    @Test("agrees with diffusers step by step", arguments: try GoldenLoop.all("dpm_multi"))
    func golden(_ loop: GoldenLoop) throws {
        try loop.check(DPMSolverMultistepScheduler.self, tolerance: loop.sigmaSpaceTolerance)
    }
}

extension DPMSolverMultistepSchedulerTests {
    @Test("a learned variance is left out")
    func learnedVariance() throws {
        let latents = Tensor(shape: [1, 4, 1, 2], scalars: (0..<8).map { Float($0) / 8 })
        let both = Tensor(shape: [1, 8, 1, 2], scalars: latents.scalars + Array(repeating: 99, count: 8))
        let results = try [(nil, latents), (VarianceType.learned, both)].map { type, output in
            var configuration = SchedulerConfiguration()
            configuration.varianceType = type
            var scheduler = try DPMSolverMultistepScheduler(
                configuration: configuration, stepCount: 3, options: SamplerOptions())
            #expect(scheduler.learnsVariance == (type != nil))
            var generator = TorchNoiseGenerator(seed: 0)
            return scheduler.step(
                from: latents, modelOutput: output, at: scheduler.evaluations[0], using: &generator
            ).previousSample.scalars
        }
        #expect(results[0] == results[1])
    }

    @Test("algorithms in ε refuse to end on level 0, and orders have limits")
    func refusals() throws {
        var configuration = SchedulerConfiguration()
        configuration.algorithmType = .dpmSolver
        #expect(throws: ConfigurationError.self) {
            try DPMSolverMultistepScheduler(configuration: configuration, stepCount: 3, options: SamplerOptions())
        }
        #expect(throws: SchedulerError.self) {
            try DPMSolverMultistepScheduler(
                configuration: SchedulerConfiguration(), stepCount: 3, options: SamplerOptions(solverOrder: 4))
        }
        #expect(throws: SchedulerError.repeatedLevel(stepCount: 1000)) {
            try DPMSolverMultistepScheduler(
                configuration: SchedulerConfiguration(), stepCount: 1000,
                options: SamplerOptions(timestepSpacing: .leading))
        }
    }
}
