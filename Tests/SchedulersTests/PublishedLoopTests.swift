import DiffusionBasics
import DiffusionSchedulers
import DiffusionTensors
import Testing

/// The full loops of diffusers' own test suite: its sample, its model, its sums.
@Suite("diffusers' published loops")
struct PublishedLoopTests {
    @Test(
        "agree with excerpts of the recorded loops and with the sums diffusers' tests assert",
        arguments: try PublishedLoop.all())
    func replay(_ loop: PublishedLoop) throws { try loop.replay() }
}

struct PublishedLoop: Sendable, CustomTestStringConvertible {
    var name: String
    var configuration: SchedulerConfiguration
    var stepCount: Int
    var shape: Shape
    var timesteps: [Double]
    /// Sum of absolute values at the end, where the test publishes it.
    var sum: Double?
    var keptSteps: [Int]
    var stride: Int
    /// Of each kept step's sample, every `stride`-th number.
    var values: [[Float]]
    var testDescription: String { name }

    static func all() throws -> [PublishedLoop] {
        let root = try fixture("published")
        let stride = try root.int("stride", default: 0)
        return try #require(root.node("cases")?.array).map {
            try PublishedLoop(ConfigurationReader($0, file: "published"), stride: stride)
        }
    }

    init(_ reader: ConfigurationReader, stride: Int) throws {
        name = try reader.string("name", default: "")
        configuration = try SchedulerConfiguration(
            ConfigurationReader(#require(reader.node("config")), file: "scheduler_config.json"))
        stepCount = try reader.int("steps", default: 0)
        shape = Shape(try #require(try reader.optionalInts("shape")))
        timesteps = try reader.optionalDoubles("timesteps") ?? []
        sum = try reader.optionalDouble("sum")
        keptSteps = try reader.optionalInts("keptSteps") ?? []
        self.stride = stride
        let perStep = (shape.elementCount + stride - 1) / stride
        values = try floats(base64: reader.string("values", default: "")).chunked(perStep)
    }

    func replay() throws {
        let choice = SamplerRegistry.sampler(for: configuration)
        try #require(choice.note == nil)
        var scheduler = try choice.sampler.makeScheduler(configuration: configuration, stepCount: stepCount)
        let evaluations = scheduler.evaluations.suffix(timesteps.count)
        try #require(evaluations.count == timesteps.count)
        var generator = TorchNoiseGenerator(seed: 0)
        var sample = beginning(scheduler, at: try #require(evaluations.first))
        for (step, evaluation) in evaluations.enumerated() {
            #expect(abs(evaluation.timestep - timesteps[step]) <= 1e-4 * max(1, timesteps[step]))
            // diffusers' tests go on with the scaled sample.
            sample = scheduler.modelInput(for: sample, at: evaluation)
            let timestep = Float(evaluation.timestep)
            let output = sample.map { $0 * timestep / (timestep + 1) }
            sample = scheduler.step(from: sample, modelOutput: output, at: evaluation, using: &generator).previousSample
            if let kept = keptSteps.firstIndex(of: step) {
                let excerpt = Swift.stride(from: 0, to: shape.elementCount, by: stride).map { sample.scalars[$0] }
                expect(excerpt, near: values[kept], within: 1e-4, "\(name), step \(step)")
            }
        }
        guard let sum else { return }
        let found = sample.scalars.reduce(0) { $0 + Double(abs($1)) }
        #expect(abs(found - sum) <= max(1e-2, 1e-5 * sum), "\(name): sum \(found)")
    }

    /// The first sample; noised where the loop begins late.
    private func beginning(_ scheduler: any Scheduler, at first: ModelEvaluation) -> Tensor {
        let sample = ramp { Float($0) / Float(shape.elementCount) }
        if name.hasSuffix("uneven_loop") { return sample }
        let scaled = scheduler.initialNoiseSigma * sample
        guard first.index > 0 else { return scaled }
        let noise = ramp { Float(shape.elementCount - 1 - $0) / Float(shape.elementCount) }
        return scheduler.adding(noise: noise, to: scaled, at: first)
    }

    /// Values of a counter that runs along the last axis of `[3, 8, 8, 4]`, with that axis then put first.
    private func ramp(_ value: (Int) -> Float) -> Tensor {
        let inner = shape.elementCount / shape[0]
        return Tensor(shape: shape, scalars: (0..<shape.elementCount).map { value($0 % inner * shape[0] + $0 / inner) })
    }
}
