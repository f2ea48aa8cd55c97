import DiffusionBasics
import DiffusionSchedulers
import DiffusionTensors
import Foundation
import Testing

/// One loop recorded from diffusers by `Fixtures/make_scheduler_fixtures.py`.
struct GoldenLoop: Sendable, CustomTestStringConvertible {
    var name: String
    var configuration: SchedulerConfiguration
    var stepCount: Int
    /// Steps left out at the beginning, as image to image does.
    var begin: Int
    var options: SamplerOptions
    var shape: Shape
    var seed: UInt64
    var timesteps: [Double]
    var initialNoiseSigma: Double
    /// The sample after each step.
    var samples: [[Float]]
    /// The mean of each step's predicted x₀, where the class tells it.
    var originalMeans: [Double]?
    var testDescription: String { name }

    /// All loops of one class.
    static func all(_ file: String) throws -> [GoldenLoop] {
        let root = try fixture(file)
        let shape = Shape(try #require(try root.optionalInts("shape")))
        let seed = UInt64(try root.int("seed", default: 0))
        return try #require(root.node("cases")?.array).map {
            try GoldenLoop(ConfigurationReader($0, file: file), shape: shape, seed: seed)
        }
    }

    init(_ reader: ConfigurationReader, shape: Shape, seed: UInt64) throws {
        name = try reader.string("name", default: "")
        configuration = try SchedulerConfiguration(
            ConfigurationReader(#require(reader.node("config")), file: "scheduler_config.json"))
        options = try SamplerOptions(
            recorded: ConfigurationReader(#require(reader.node("options")), file: "options"))
        stepCount = try reader.int("steps", default: 0)
        begin = try reader.int("begin", default: 0)
        self.shape = shape
        self.seed = seed
        timesteps = try reader.optionalDoubles("timesteps") ?? []
        initialNoiseSigma = try reader.double("initialNoiseSigma", default: 0)
        originalMeans = try reader.optionalDoubles("originalMeans")
        samples = try floats(base64: reader.string("samples", default: "")).chunked(shape.elementCount)
    }
}

extension SamplerOptions {
    fileprivate init(recorded reader: ConfigurationReader) throws {
        self.init()
        eta = try reader.double("eta", default: 0)
        usesClippedModelOutput = try reader.bool("use_clipped_model_output", default: false)
    }
}

extension GoldenLoop {
    /// In sigma space a step is a difference of large numbers; with zero signal-to-noise σ begins at 4096, and more is lost.
    var sigmaSpaceTolerance: Float { configuration.rescaleBetasZeroSNR ?? false ? 5e-5 : 1e-5 }

    /// Runs the loop with `type`, and compares timesteps, initial scale and each step's sample.
    /// - Parameter tolerance: of a step's largest magnitude.
    func check(_ type: any Scheduler.Type, tolerance: Float = 2e-6) throws {
        var scheduler = try type.init(configuration: configuration, stepCount: stepCount, options: options)
        let evaluations = scheduler.evaluations(skippingSteps: begin)
        try #require(evaluations.count == timesteps.count)
        for (evaluation, timestep) in zip(evaluations, timesteps) {
            #expect(abs(evaluation.timestep - timestep) <= 1e-4, "timestep \(evaluation.index)")
        }
        #expect(abs(Double(scheduler.initialNoiseSigma) - initialNoiseSigma) <= 1e-6 * initialNoiseSigma)
        var generator = TorchNoiseGenerator(seed: seed)
        let noise = generator.normal(shape)
        var sample = scheduler.initialNoiseSigma * noise
        if begin > 0 {
            let original = Tensor(shape: shape, scalars: (0..<shape.elementCount).map { (Float(3 * $0 % 13) - 6) / 5 })
            sample = scheduler.adding(noise: noise, to: original, at: try #require(evaluations.first))
        }
        for (step, evaluation) in evaluations.enumerated() {
            let input = scheduler.modelInput(for: sample, at: evaluation)
            let output = scheduler.step(
                from: sample, modelOutput: standIn(input, at: evaluation, learnsVariance: scheduler.learnsVariance),
                at: evaluation, using: &generator)
            sample = output.previousSample
            expect(
                sample.scalars, near: samples[step], within: tolerance, "\(name), step \(step)")
            if let mean = originalMeans?[step] {
                let found = output.predictedOriginalSample.scalars
                let scale = found.reduce(1) { max($0, abs($1)) }
                let foundMean = found.reduce(0) { $0 + Double($1) } / Double(found.count)
                #expect(abs(foundMean - mean) <= Double(tolerance * scale), "x₀ of step \(step)")
            }
        }
    }

    /// The formula that stands in for a U-Net, as in the script.
    private func standIn(_ sample: Tensor, at evaluation: ModelEvaluation, learnsVariance: Bool) -> Tensor {
        let trainCount = configuration.numTrainTimesteps ?? 1000
        let weight = Float(0.5 + 0.4 * evaluation.timestep / Double(trainCount))
        let bias = (0..<shape.elementCount).map { (Float(7 * $0 % 11) - 5) / 8 }
        let output = zip(sample.scalars, bias).map { $0 * weight + $1 }
        guard learnsVariance else { return Tensor(shape: shape, scalars: output) }
        let variance = (0..<shape.elementCount).map { (Float(5 * $0 % 7) + 1) / 10 }
        return Tensor(shape: [1, 2 * shape[1], shape[2], shape[3]], scalars: output + variance)
    }
}
