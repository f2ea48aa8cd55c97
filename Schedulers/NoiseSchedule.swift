import DiffusionBasics

/// The training schedule: how much signal is left in the latents at each timestep.
///
/// Kept in Float32, and computed in PyTorch's order and rounding (`cumprod` multiplies in Double and rounds each entry):
/// solvers subtract neighbouring ᾱ, where the last bit of Float32 is visible in the step, and diffusers is what pictures
/// are compared with. Doubles would be nearer to the formula and further from diffusers. What remains of a difference is
/// PyTorch's square root, which on some processors is one unit in the last place off.
public struct NoiseSchedule: Sendable, Equatable {
    /// What a diffusers class takes for β where the configuration is silent.
    struct Defaults: Sendable {
        var start: Double
        var end: Double
        var schedule: BetaSchedule

        /// DDPM's, which most classes share.
        static let ddpm = Defaults(start: 0.0001, end: 0.02, schedule: .linear)
        /// Heun's and KDPM2's.
        static let linearLatent = Defaults(start: 0.00085, end: 0.012, schedule: .linear)
        /// LCM's and TCD's.
        static let latent = Defaults(start: 0.00085, end: 0.012, schedule: .scaledLinear)
    }

    /// ᾱ for each timestep of training, falling; the last is 0 where β was rescaled to zero signal.
    public private(set) var alphasCumprod: [Float]
    /// The timesteps of training; `alphasCumprod` has at least as many.
    public let trainCount: Int

    /// The schedule of a configuration, absent keys as in diffusers' `DDPMScheduler` and `DDIMScheduler`.
    /// - Throws: `ConfigurationError` where a β is not within 0 to 1 or there are too few.
    public init(_ configuration: SchedulerConfiguration) throws {
        try self.init(configuration, defaults: .ddpm)
    }

    /// - Parameters:
    ///   - defaults: what the class that runs takes for an absent key.
    ///   - rescales: whether that class knows `rescale_betas_zero_snr`; others leave it out, as in diffusers.
    /// - Throws: `ConfigurationError` where a β is not within 0 to 1 or there are too few.
    init(_ configuration: SchedulerConfiguration, defaults: Defaults, rescales: Bool = true) throws {
        trainCount = configuration.numTrainTimesteps ?? 1000
        var betas = try Self.betas(configuration, defaults: defaults, count: trainCount)
        if rescales, configuration.rescaleBetasZeroSNR ?? false { betas = Self.rescaledToZeroSignal(betas) }
        alphasCumprod = Self.cumulativeProduct(betas.map { 1 - $0 })
    }

    private static func betas(
        _ configuration: SchedulerConfiguration, defaults: Defaults, count: Int
    ) throws -> [Float] {
        if let trained = configuration.trainedBetas {
            guard trained.count >= count else {
                throw configuration.outOfRange("trained_betas", "\(trained.count) values", expected: "\(count) of them")
            }
            return try checked(trained.map { Float($0) }, configuration, key: "trained_betas")
        }
        let start = configuration.betaStart ?? defaults.start
        let end = configuration.betaEnd ?? defaults.end
        for (key, beta) in [("beta_start", start), ("beta_end", end)] where !(0...1).contains(beta) {
            throw configuration.outOfRange(key, "\(beta)", expected: "0 to 1")
        }
        return (configuration.betaSchedule ?? defaults.schedule).betas(from: start, to: end, count: count)
    }

    private static func checked(
        _ betas: [Float], _ configuration: SchedulerConfiguration, key: String
    ) throws -> [Float] {
        if let bad = betas.first(where: { !(0...1).contains($0) }) {
            throw configuration.outOfRange(key, "\(bad)", expected: "0 to 1")
        }
        return betas
    }

    /// Algorithm 1 of arXiv 2305.08891: shifts and scales √ᾱ so that the last is 0 and the first stays.
    private static func rescaledToZeroSignal(_ betas: [Float]) -> [Float] {
        var roots = cumulativeProduct(betas.map { 1 - $0 }).map { $0.squareRoot() }
        guard let first = roots.first, let last = roots.last, first > last else { return betas }
        let scale = first / (first - last)
        roots = roots.map { ($0 - last) * scale }
        let signal = roots.map { $0 * $0 }
        return signal.indices.map { 1 - ($0 == 0 ? signal[0] : signal[$0] / signal[$0 - 1]) }
    }

    /// `torch.cumprod` on a CPU.
    private static func cumulativeProduct(_ factors: [Float]) -> [Float] {
        var product = 1.0
        return factors.map {
            product *= Double($0)
            return Float(product)
        }
    }
}

extension NoiseSchedule {
    /// Keeps the last ᾱ off zero, so that sigmas stay finite (diffusers' Euler, DPM-Solver and UniPC with zero SNR).
    func withLastLiftedFromZero() -> NoiseSchedule {
        var lifted = self
        if lifted.alphasCumprod.last == 0 { lifted.alphasCumprod[alphasCumprod.count - 1] = 0x1p-24 }
        return lifted
    }

    /// √((1 − ᾱ)/ᾱ).
    static func sigma(ofAlphaCumprod alpha: Float) -> Float { ((1 - alpha) / alpha).squareRoot() }

    /// Checks a step count as diffusers' discrete schedulers do.
    func checkStepCount(_ stepCount: Int, least: Int = 1) throws {
        guard least <= stepCount, stepCount <= trainCount else {
            throw SchedulerError.stepCountOutOfRange(stepCount: stepCount, allowed: least...max(least, trainCount))
        }
    }

    /// Checks that steps may begin at all of `timesteps`.
    /// - Parameter needsSignal: whether x₀ is divided by √ᾱ and nothing limits it after.
    func check(_ timesteps: [Int], needsSignal: Bool) throws {
        for timestep in timesteps {
            guard (0..<trainCount).contains(timestep) else {
                throw SchedulerError.timestepOutOfRange(
                    timestep: timestep, stepCount: timesteps.count, last: trainCount - 1)
            }
            if alphasCumprod[timestep] == 1 { throw SchedulerError.noNoise(timestep: timestep) }
            if needsSignal, alphasCumprod[timestep] == 0 { throw SchedulerError.noSignal(timestep: timestep) }
        }
    }
}
