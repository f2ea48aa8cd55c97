import DiffusionBasics
import Synchronization

/// What a parameter takes of memory.
package struct WeightSize: Sendable, Equatable {
    /// Once it is read and packed.
    package var byteCount: Int
    /// Beside that while it is packed.
    package var scratchByteCount: Int

    package init(byteCount: Int, scratchByteCount: Int = 0) {
        (self.byteCount, self.scratchByteCount) = (byteCount, scratchByteCount)
    }
}

/// Parameters of a network that are read together, and can be let go and read again together.
package final class WeightGroup: Sendable {
    private struct State {
        var loads: [@Sendable () throws -> Void] = []
        var releases: [@Sendable () -> Void] = []
        var sizes: [String: @Sendable () -> WeightSize] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// Everything that reads its parameters; each may run again after `release`.
    package var loads: [@Sendable () throws -> Void] { state.withLock { $0.loads } }

    /// What each of its parameters takes; to be asked when the whole network is described.
    package var sizes: [WeightSize] { state.withLock { Array($0.sizes.values) }.map { $0() } }

    /// Bytes that its parameters take once they are read.
    package var byteCount: Int { sizes.reduce(0) { $0 + $1.byteCount } }

    /// Gives the memory back.
    package func release() { state.withLock { $0.releases }.forEach { $0() } }

    /// Tells what one parameter takes; a later word replaces an earlier one.
    package func setSize(of name: String, _ size: @escaping @Sendable () -> WeightSize) {
        state.withLock { $0.sizes[name] = size }
    }

    func append<Value>(_ loadable: Loadable<Value>) {
        state.withLock {
            $0.loads.append { try loadable.load() }
            $0.releases.append { loadable.release() }
        }
    }
}

/// The groups of one network, in the order in which it computes.
///
/// The first one takes what belongs to no other group.
package final class WeightGroups: Sendable {
    private let groups = Mutex([WeightGroup()])

    package init() {}

    package var all: [WeightGroup] { groups.withLock { $0 } }

    /// What belongs to no other group.
    package var rest: WeightGroup { all[0] }

    func make() -> WeightGroup {
        let group = WeightGroup()
        groups.withLock { $0.append(group) }
        return group
    }
}

private enum WeightGroupsKey: WeightScopeKey {
    static let defaultValue: WeightGroups? = nil
}

private enum WeightGroupKey: WeightScopeKey {
    static let defaultValue: WeightGroup? = nil
}

extension WeightScope {
    /// Where parameters are read at once and stay, nil.
    package var group: WeightGroup? { self[WeightGroupKey.self] }

    /// The same place, with what is read below it collected in groups rather than in `loads`.
    package func collecting(in groups: WeightGroups) -> WeightScope {
        setting(WeightGroupsKey.self, to: groups).setting(WeightGroupKey.self, to: groups.rest)
    }

    /// The same place, where everything below is a group of its own; unchanged where nobody collects.
    package func newGroup() -> WeightScope {
        guard let groups = self[WeightGroupsKey.self] else { return self }
        return setting(WeightGroupKey.self, to: groups.make())
    }
}
