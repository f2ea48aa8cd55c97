import DiffusionDenoiser
import DiffusionEngine
import DiffusionTensors

/// The rows of one U-Net call.
struct UNetCall {
    /// `[rows, channels, height, width]`.
    var input: Tensor
    /// One per row.
    var timesteps: [Double]
    /// One per row.
    var context: [ContextMemory]
    /// `[rows, channels]` for models that take the guidance scale.
    var timeCondition: Tensor?

    /// The rows of several calls of one shape, in their order.
    static func joined(_ calls: [UNetCall]) -> UNetCall {
        UNetCall(
            input: .concatenated(calls.map(\.input)), timesteps: calls.flatMap(\.timesteps),
            context: calls.flatMap(\.context),
            timeCondition: calls.allSatisfy { $0.timeCondition != nil }
                ? .concatenated(calls.compactMap(\.timeCondition)) : nil)
    }

    var rowCount: Int { timesteps.count }

    /// - Parameter cache: what a picture's run keeps of its deep features; nil computes the call in full.
    /// - Throws: `CancellationError`, `MemoryError`, `NonFiniteValueError`; errors of the weight files where memory is limited.
    func output(
        by core: PipelineCore, keeping cache: inout DeepFeatureCache?, in compute: ComputeContext
    ) throws -> Tensor {
        let most = core.budget?.willDenoise(input.shape, isWhole: cache != nil, in: compute) ?? rowCount
        guard most < rowCount else { return try self.output(of: core.networks.unet, keeping: &cache, in: compute) }
        return try .concatenated(
            stride(from: 0, to: rowCount, by: most).map { first in
                try rows(first..<min(first + most, rowCount))
                    .output(of: core.networks.unet, keeping: &cache, in: compute)
            })
    }

    private func output(
        of unet: UNet2DConditionModel, keeping cache: inout DeepFeatureCache?, in compute: ComputeContext
    ) throws -> Tensor {
        try unet(
            input, timesteps: timesteps, context: context, timeCondition: timeCondition, cache: &cache, in: compute)
    }

    /// Some of the rows as a call of their own; a row has the same bytes in any.
    private func rows(_ range: Range<Int>) -> UNetCall {
        UNetCall(
            input: input.slice(range), timesteps: Array(timesteps[range]), context: Array(context[range]),
            timeCondition: timeCondition?.slice(range))
    }
}
