import DiffusionBasics
import DiffusionEngine
import DiffusionTensors
import Synchronization

/// The context vectors of one prompt, and the keys and values that a U-Net's layers make of them.
///
/// Those do not change between the steps of a run: each layer computes its own at the first call and finds them at the
/// next, for any number of images and in any batch. Whoever owns the run owns this; the memory goes with it.
package final class ContextMemory: Sendable {
    /// `[1, tokens, width]`
    package let context: Tensor
    private let keepsLayers: Bool
    private let layers = Mutex<[LayerIdentity: AttentionMemory]>([:])

    /// - Parameters:
    ///   - context: `[1, tokens, width]`.
    ///   - keepsLayers: not where there is only one call.
    package init(_ context: Tensor, keepsLayers: Bool = true) {
        ensure(context.shape.rank == 3 && context.shape[0] == 1, "one prompt's context of \(context.shape)")
        self.context = context
        self.keepsLayers = keepsLayers
    }

    /// How many layers have left something here.
    package var layerCount: Int { layers.withLock { $0.count } }

    /// What `layer` made of the context; made now where it is not there yet.
    func memory(
        of layer: LayerIdentity, _ make: (Tensor) throws -> AttentionMemory
    ) throws -> AttentionMemory {
        if let known = layers.withLock({ $0[layer] }) { return known }
        let made = try make(context)
        if keepsLayers { layers.withLock { $0[layer] = made } }
        return made
    }
}

/// Tells one layer from all others, also those of another model.
final class LayerIdentity: Hashable, Sendable {
    static func == (a: LayerIdentity, b: LayerIdentity) -> Bool { a === b }

    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

extension UNet2DConditionModel {
    /// One evaluation that keeps nothing of the context.
    /// - Parameter context: text embeddings `[images, tokens, cross-attention width]`.
    /// - Returns: `[images, out channels, height, width]`.
    package func callAsFunction(
        _ sample: Tensor, timesteps: [Double], context: Tensor, timeCondition: Tensor? = nil,
        in compute: ComputeContext
    ) throws -> Tensor {
        let memories = (0..<context.shape[0]).map { ContextMemory(context.slice($0..<$0 + 1), keepsLayers: false) }
        return try self(sample, timesteps: timesteps, context: memories, timeCondition: timeCondition, in: compute)
    }
}
