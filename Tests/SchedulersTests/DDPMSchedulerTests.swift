import DiffusionSchedulers
import DiffusionTensors
import Testing

@Suite("DDPM")
struct DDPMSchedulerTests {
    @Test("agrees with diffusers step by step", arguments: try GoldenLoop.all("ddpm"))
    func golden(_ loop: GoldenLoop) throws { try loop.check(DDPMScheduler.self) }
}

extension DDPMSchedulerTests {
    @Test("fixed_large_log is the root of β, where diffusers has no number")
    func fixedLargeLog() throws {
        let noise = try [VarianceType.fixedLarge, .fixedLargeLog].map { type in
            var configuration = SchedulerConfiguration()
            configuration.varianceType = type
            var scheduler = try DDPMScheduler(configuration: configuration, stepCount: 4, options: SamplerOptions())
            var generator = TorchNoiseGenerator(seed: 1)
            let zeros = Tensor(zeros: [1, 1, 4, 5])
            return scheduler.step(
                from: zeros, modelOutput: zeros, at: scheduler.evaluations[0], using: &generator
            ).previousSample.scalars
        }
        expect(noise[1], near: noise[0], within: 1e-6, "noise of the first step")
    }

    @Test("no noise is drawn at timestep 0")
    func lastStep() throws {
        var scheduler = try DDPMScheduler(
            configuration: SchedulerConfiguration(), stepCount: 4, options: SamplerOptions())
        var (used, fresh) = (TorchNoiseGenerator(seed: 1), TorchNoiseGenerator(seed: 1))
        let zeros = Tensor(zeros: [1, 1, 4, 5])
        _ = scheduler.step(from: zeros, modelOutput: zeros, at: scheduler.evaluations[3], using: &used)
        #expect(scheduler.evaluations[3].timestep == 0)
        #expect(used.normal([20]).scalars == fresh.normal([20]).scalars)
    }
}
