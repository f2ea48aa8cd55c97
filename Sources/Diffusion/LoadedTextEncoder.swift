import DiffusionEngine
import DiffusionTensors
import DiffusionText
import DiffusionWeights
import Synchronization

/// A model's text encoder, in memory while it is needed.
final class LoadedTextEncoder: Sendable {
    private let model: DiffusionModel
    /// What keeps the weights, where memory is limited: the network then stays described.
    private let kept: (keeper: WeightResidency, groups: WeightGroups)?
    private let network = Mutex<CLIPTextModel?>(nil)

    /// - Parameters:
    ///   - network: described in `model`'s weights; the caller loads it.
    ///   - kept: by what, and as which groups, where memory is limited.
    init(
        _ model: DiffusionModel, network: CLIPTextModel, kept: (keeper: WeightResidency, groups: WeightGroups)? = nil
    ) {
        (self.model, self.kept) = (model, kept)
        self.network.withLock { $0 = network }
    }

    var isLoaded: Bool { kept.map { $0.keeper.holds($0.groups) } ?? network.withLock { $0 != nil } }

    /// Gives the memory of the weights back; the next call reads them again.
    func release() {
        if let kept { return kept.keeper.release(kept.groups) }
        network.withLock { $0 = nil }
    }

    /// The network, read anew where it was released.
    /// - Throws: errors of the weight files, `CancellationError`, `MemoryError`.
    func callAsFunction(in context: ComputeContext) throws -> CLIPTextModel {
        if let loaded = network.withLock({ $0 }) { return loaded }
        let loads = LoadList()
        let store = try model.source.weights(of: .textEncoder)
        let network = CLIPTextModel(WeightScope(store, loads: loads), configuration: model.text)
        try store.check()
        try context.load(loads)
        self.network.withLock { $0 = network }
        return network
    }
}
