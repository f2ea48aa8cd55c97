import DiffusionBasics
import DiffusionEngine
import DiffusionTensors

/// The timestep as sines and cosines through two linear layers (diffusers `Timesteps` and `TimestepEmbedding`).
struct TimeEmbedding: Sendable {
    private let configuration: UNetConfiguration
    private let linear1: Linear
    private let linear2: Linear
    private let condition: Linear?

    init(_ scope: WeightScope, _ configuration: UNetConfiguration) {
        self.configuration = configuration
        let (width, inner) = (configuration.blockChannels[0], configuration.timeChannels)
        linear1 = Linear(scope["linear_1"], inputs: width, outputs: inner)
        linear2 = Linear(scope["linear_2"], inputs: inner, outputs: inner)
        condition = configuration.timeConditionChannels.map {
            Linear(scope["cond_proj"], inputs: $0, outputs: width, hasBias: false)
        }
    }

    /// - Parameters:
    ///   - timesteps: one per image, fractional ones too.
    ///   - timeCondition: `[images, timeConditionChannels]`, for models that take the guidance scale as an input.
    /// - Returns: `[images, timeChannels]`, before the activation of the blocks.
    func callAsFunction(
        _ timesteps: [Double], timeCondition: Tensor?, in context: ComputeContext
    ) throws -> Tensor {
        var embedding = sinusoidalFeatures(
            of: timesteps, width: configuration.blockChannels[0],
            cosineFirst: configuration.flipsSineToCosine, frequencyShift: configuration.frequencyShift)
        if let condition, let timeCondition {
            embedding = embedding + (try condition(timeCondition, in: context))
        }
        embedding = try configuration.activation(try linear1(embedding, in: context), in: context)
        embedding = try linear2(embedding, in: context)
        if let activation = configuration.postActivation { embedding = try activation(embedding, in: context) }
        if let activation = configuration.timeActivation { embedding = try activation(embedding, in: context) }
        return embedding
    }
}
