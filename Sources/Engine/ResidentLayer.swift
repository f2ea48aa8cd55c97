import DiffusionTensors

private enum ResidencyKey: WeightScopeKey {
    static let defaultValue: Residency? = nil
}

/// Where the weights below a scope are kept.
private struct Residency: Sendable {
    var network: WeightGroups
    var keeper: WeightResidency
}

extension WeightScope {
    /// The same place in a network whose weights come and go as `keeper` has room.
    package func kept(by keeper: WeightResidency, as network: WeightGroups) -> WeightScope {
        collecting(in: network).setting(ResidencyKey.self, to: Residency(network: network, keeper: keeper))
    }
}

/// Some layers of a network whose weights are read and let go together, where memory is limited; else just the layers.
package struct ResidentLayer<Layer: Sendable>: Sendable {
    private let layer: Layer
    private let group: WeightGroup?
    private let residency: Residency?

    /// - Parameter describe: makes the layers in a scope of the same place.
    package init(_ scope: WeightScope, _ describe: (WeightScope) -> Layer) {
        residency = scope[ResidencyKey.self]
        let own = residency == nil ? scope : scope.newGroup()
        group = residency == nil ? nil : own.group
        layer = describe(own)
    }

    /// The layers, with their weights in memory until other ones are asked for.
    /// - Throws: what reading weights throws, `CancellationError`, `MemoryError`.
    package func loaded(in context: ComputeContext) throws -> Layer {
        if let group, let residency { try residency.keeper.require(group, of: residency.network, in: context) }
        return layer
    }

    /// The layers as they are, whether or not they can compute.
    package var described: Layer { layer }
}
