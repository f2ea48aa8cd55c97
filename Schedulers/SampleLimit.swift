import DiffusionBasics
import DiffusionTensors
import Foundation

/// What is done to a predicted x₀ that leaves the range of the training data.
enum SampleLimit: Sendable, Equatable {
    case none
    case clip(to: Float)
    /// Dynamic thresholding (Imagen, arXiv 2205.11487, section 2.3).
    case threshold(ratio: Float, maximum: Float)

    /// - Parameter clips: whether the diffusers class clips where the configuration is silent.
    init(_ configuration: SchedulerConfiguration, clips: Bool) throws {
        self =
            configuration.thresholding ?? false
            ? try Self.threshold(configuration) : Self.clipping(configuration, clips: clips)
    }

    /// Clipping, for a class that knows no thresholding.
    static func clipping(_ configuration: SchedulerConfiguration, clips: Bool) -> SampleLimit {
        configuration.clipSample ?? clips ? .clip(to: Float(configuration.clipSampleRange ?? 1)) : .none
    }

    /// Thresholding, for a class that knows no clipping.
    static func thresholding(_ configuration: SchedulerConfiguration) throws -> SampleLimit {
        configuration.thresholding ?? false ? try threshold(configuration) : .none
    }

    private static func threshold(_ configuration: SchedulerConfiguration) throws -> SampleLimit {
        let ratio = configuration.dynamicThresholdingRatio ?? 0.995
        guard (0...1).contains(ratio) else {
            throw configuration.outOfRange("dynamic_thresholding_ratio", "\(ratio)", expected: "0 to 1")
        }
        let maximum = configuration.sampleMaxValue ?? 1
        guard maximum > 0 else {
            throw configuration.outOfRange("sample_max_value", "\(maximum)", expected: "more than 0")
        }
        return .threshold(ratio: Float(ratio), maximum: Float(maximum))
    }

    /// The limited x₀ of one picture.
    func applied(to sample: Tensor) -> Tensor {
        switch self {
        case .none: return sample
        case .clip(let range): return sample.clamped(to: -abs(range)...abs(range))
        case .threshold(let ratio, let maximum):
            // As torch.clamp: where the bounds cross, the upper one wins.
            let limit = min(max(Self.quantile(ratio, ofMagnitudesIn: sample), 1), maximum)
            return sample.map { min(max($0, -limit), limit) / limit }
        }
    }

    /// `torch.quantile` with linear interpolation, of absolute values.
    private static func quantile(_ ratio: Float, ofMagnitudesIn sample: Tensor) -> Float {
        let sorted = sample.scalars.map(abs).sorted()
        guard let last = sorted.last else { return 1 }
        let rank = ratio * Float(sorted.count - 1)
        let below = sorted[min(Int(rank), sorted.count - 1)]
        let above = sorted.indices.contains(Int(rank.rounded(.up))) ? sorted[Int(rank.rounded(.up))] : last
        let weight = rank - rank.rounded(.down)
        return weight < 0.5
            ? below.addingProduct(weight, above - below) : above.addingProduct(weight - 1, above - below)
    }
}
