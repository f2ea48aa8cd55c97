import DiffusionTensors

/// Pseudo numerical methods for diffusion models (Liu et al., arXiv 2202.09778): a linear multi-step method (PLMS) of order
/// 4, begun with Runge–Kutta steps (PRK) or, where `skip_prk_steps` is true, with a repeated first step.
///
/// Matches diffusers' `PNDMScheduler`. Deterministic. With `skip_prk_steps` a run has one evaluation more than steps,
/// without it nine more and 4 steps at least.
public struct PNDMScheduler: Scheduler {
    public let evaluations: [ModelEvaluation]
    public let initialNoiseSigma: Float = 1

    private let prediction: PredictionType
    private let schedule: NoiseSchedule
    /// ᾱ beyond timestep 0.
    private let last: Float
    /// Training timesteps that a step spans.
    private let stride: Int
    private let rungeKuttaTimesteps: [Int]

    /// Evaluations made so far in this run.
    private var count = 0
    /// Model outputs of the last steps, newest last.
    private var outputs: [Tensor] = []
    /// Where a step of several evaluations began.
    private var begun: Tensor?
    /// The weighted sum of a Runge–Kutta step's outputs so far.
    private var mixed: Tensor?

    public init(configuration: SchedulerConfiguration, stepCount: Int, options: SamplerOptions) throws {
        try options.refuseSigmaSpacing(for: "PNDM")
        prediction = try PredictionType.read(configuration, supporting: [.epsilon, .vPrediction])
        schedule = try NoiseSchedule(configuration, defaults: .ddpm, rescales: false)
        let skips = options.skipsPRKSteps ?? configuration.skipPRKSteps ?? false
        try schedule.checkStepCount(stepCount, least: skips ? 1 : 4)
        stride = schedule.trainCount / stepCount
        last = configuration.setAlphaToOne ?? false ? 1 : schedule.alphasCumprod[0]

        let spacing = options.timestepSpacing ?? configuration.timestepSpacing ?? .leading
        let steps = spacing.timesteps(
            stepCount: stepCount, trainCount: schedule.trainCount, offset: configuration.stepsOffset ?? 0)
        rungeKuttaTimesteps = skips ? [] : Self.rungeKuttaTimesteps(steps, stride: stride)
        let timesteps = rungeKuttaTimesteps + (skips ? Self.multistepTimesteps(steps) : Array(steps.dropFirst(3)))
        try schedule.check(timesteps, needsSignal: true)
        evaluations = Self.evaluations(timesteps, schedule, last: last, stride: stride)
    }

    /// The second step's timestep comes twice: first to correct the first step.
    private static func multistepTimesteps(_ steps: [Int]) -> [Int] {
        steps.count < 2 ? steps : [steps[0], steps[1]] + steps.dropFirst()
    }

    /// Four evaluations for each of three steps: at its beginning, twice in the middle, at its end.
    private static func rungeKuttaTimesteps(_ steps: [Int], stride: Int) -> [Int] {
        (0..<3).flatMap { step in
            let middle = steps[step + 1] + stride / 2
            return [steps[step], middle, middle, steps[step + 1]]
        }
    }

    private static func evaluations(
        _ timesteps: [Int], _ schedule: NoiseSchedule, last: Float, stride: Int
    ) -> [ModelEvaluation] {
        timesteps.indices.map { index in
            let next = index + 1 < timesteps.count ? timesteps[index + 1] : timesteps[index] - stride
            let nextAlpha = next >= 0 ? schedule.alphasCumprod[next] : last
            return ModelEvaluation(
                index: index, timestep: Double(timesteps[index]),
                sigma: Double(NoiseSchedule.sigma(ofAlphaCumprod: schedule.alphasCumprod[timesteps[index]])),
                nextSigma: Double(NoiseSchedule.sigma(ofAlphaCumprod: nextAlpha)))
        }
    }

    public func adding(noise: Tensor, to original: Tensor, at evaluation: ModelEvaluation) -> Tensor {
        level(Int(evaluation.timestep)).adding(noise: noise, to: original)
    }

    public mutating func step(
        from sample: Tensor, modelOutput: Tensor, at evaluation: ModelEvaluation,
        using generator: inout some NoiseGenerator
    ) -> SchedulerOutput {
        let timestep = Int(evaluation.timestep)
        let original = level(timestep).original(from: modelOutput, sample: sample, as: prediction)
        let previous =
            count < rungeKuttaTimesteps.count
            ? rungeKuttaStep(sample, modelOutput, timestep) : multistepStep(sample, modelOutput, timestep)
        count += 1
        return SchedulerOutput(previousSample: previous, predictedOriginalSample: original)
    }
}

extension PNDMScheduler {
    /// Equation 13 of the paper, one evaluation at a time.
    private mutating func rungeKuttaStep(_ sample: Tensor, _ output: Tensor, _ timestep: Int) -> Tensor {
        let stage = count % 4
        let next = timestep - (stage == 1 || stage == 3 ? 0 : stride / 2)
        let from = rungeKuttaTimesteps[count - stage]
        let weight: Float = stage == 0 || stage == 3 ? 1 / 6 : 1 / 3
        let sum = mixed.map { $0.combined(with: output) { $0 + weight * $1 } } ?? weight * output
        if stage == 0 {
            outputs.append(output)
            begun = sample
        }
        mixed = stage == 3 ? nil : sum
        return transferred(begun ?? sample, stage == 3 ? sum : output, from: from, to: next)
    }

    /// Equation 12 of the paper, with lower orders while outputs are few.
    private mutating func multistepStep(_ sample: Tensor, _ output: Tensor, _ timestep: Int) -> Tensor {
        if count == 1, let first = begun, let firstOutput = outputs.last {
            // Again the first step, with the mean of the outputs at both its ends.
            begun = nil
            let mean = output.combined(with: firstOutput) { ($0 + $1) / 2 }
            return transferred(first, mean, from: timestep + stride, to: timestep)
        }
        outputs = outputs.suffix(3) + [output]
        if count == 0 { begun = sample }
        return transferred(sample, mixedOutputs, from: timestep, to: timestep - stride)
    }

    private var mixedOutputs: Tensor {
        switch outputs.count {
        case 1: return outputs[0]
        case 2: return mixture([3, -1]) / 2
        case 3: return mixture([23, -16, 5]) / 12
        default: return (1 / 24) * mixture([55, -59, 37, -9])
        }
    }

    /// A weighted sum of outputs, the newest first.
    private func mixture(_ weights: [Float]) -> Tensor { .sum(Array(zip(weights, outputs.reversed()))) }

    private func level(_ timestep: Int) -> NoiseLevel {
        NoiseLevel(alphaCumprod: timestep >= 0 ? schedule.alphasCumprod[timestep] : last)
    }

    /// Equation 11 of the paper: the sample moved from one timestep to another along a given output.
    private func transferred(_ sample: Tensor, _ output: Tensor, from timestep: Int, to next: Int) -> Tensor {
        let (now, then) = (level(timestep), level(next))
        let epsilon = now.epsilon(from: output, sample: sample, as: prediction)
        let (alpha, nextAlpha) = (now.alphaCumprod, then.alphaCumprod)
        let scale = (nextAlpha / alpha).squareRoot()
        let change = nextAlpha - alpha
        let divisor = alpha * then.noise + (alpha * now.betaCumprod * nextAlpha).squareRoot()
        return sample.combined(with: epsilon) { scale * $0 - change * $1 / divisor }
    }
}
