import DiffusionTensors
import Synchronization

/// Keeps the weights of several networks within a limit of bytes: what is about to compute is read, and what was used last
/// makes room for it.
///
/// A network runs through its groups in the same order again and again, so the group used last is the one needed latest;
/// those of other networks go first. Whoever computes asks for a group right before it; only one network computes at a time.
package final class WeightResidency: Sendable {
    fileprivate struct Entry {
        let group: WeightGroup
        let network: ObjectIdentifier
        let byteCount: Int
        var lastUse: Int
    }

    fileprivate struct State {
        var byteLimit: Int
        var entries: [ObjectIdentifier: Entry] = [:]
        var byteCount = 0
        var clock = 0
        /// Bytes read so far, those read again counted again.
        var readByteCount = 0
    }

    private let state: Mutex<State>

    /// - Parameter byteLimit: of weights, until `limit(to:)` says otherwise.
    package init(byteLimit: Int) { state = Mutex(State(byteLimit: byteLimit)) }

    /// Bytes that weights take now.
    package var byteCount: Int { state.withLock { $0.byteCount } }

    /// Bytes of weights read so far, those read again counted again.
    package var readByteCount: Int { state.withLock { $0.readByteCount } }

    /// Whether anything of a network is in memory.
    package func holds(_ network: WeightGroups) -> Bool {
        let network = ObjectIdentifier(network)
        return state.withLock { $0.entries.values.contains { $0.network == network } }
    }

    /// What may stay from now on; what is over it goes.
    package func limit(to byteLimit: Int) {
        let released = state.withLock { state in
            state.byteLimit = byteLimit
            return state.makeRoom(for: 0, network: nil)
        }
        Self.release(released)
    }

    /// Lets everything of a network go.
    package func release(_ network: WeightGroups) {
        let network = ObjectIdentifier(network)
        let released = state.withLock { state in
            state.entries.values.filter { $0.network == network }.map { state.remove($0.group) }
        }
        Self.release(released)
    }

    /// Makes sure that the group's weights are in memory, and reads as many of the network's next ones beside them as there
    /// is room for: what fits as a whole is read at once, on all workers.
    /// - Throws: what reading throws, `CancellationError`, `MemoryError`.
    func require(_ group: WeightGroup, of network: WeightGroups, in context: ComputeContext) throws {
        let groups = network.all
        let isThere = state.withLock { $0.use(group) }
        guard !isThere, let place = groups.firstIndex(where: { $0 === group }) else { return }
        Self.release(
            state.withLock { $0.makeRoom(for: group.byteCount, network: ObjectIdentifier(network)) })
        let missing = state.withLock { $0.add(groups[place...], of: ObjectIdentifier(network)) }
        do {
            let loads = missing.flatMap(\.loads)
            try context.runThrowing(loads.count) { try loads[$0]() }
        } catch {
            Self.release(state.withLock { state in missing.map { state.remove($0) } })
            throw error
        }
    }

    private static func release(_ groups: [WeightGroup]) {
        guard !groups.isEmpty else { return }
        groups.forEach { $0.release() }
        SystemMemory.trim()
    }
}

extension WeightResidency.State {
    /// Whether the group is there; if so, it was used now.
    fileprivate mutating func use(_ group: WeightGroup) -> Bool {
        clock += 1
        guard entries[ObjectIdentifier(group)] != nil else { return false }
        entries[ObjectIdentifier(group)]?.lastUse = clock
        return true
    }

    /// Takes out what has to go before so many bytes more may come.
    fileprivate mutating func makeRoom(for needed: Int, network: ObjectIdentifier?) -> [WeightGroup] {
        func rank(_ entry: WeightResidency.Entry) -> (Int, Int) { (entry.network == network ? 1 : 0, -entry.lastUse) }
        var released: [WeightGroup] = []
        while byteCount + needed > byteLimit, let next = entries.values.min(by: { rank($0) < rank($1) }) {
            released.append(remove(next.group))
        }
        return released
    }

    /// Enters the first of the groups, and those after it that fit.
    fileprivate mutating func add(
        _ groups: ArraySlice<WeightGroup>, of network: ObjectIdentifier
    ) -> [WeightGroup] {
        var added: [WeightGroup] = []
        for group in groups where entries[ObjectIdentifier(group)] == nil {
            let size = group.byteCount
            guard added.isEmpty || byteCount + size <= byteLimit else { break }
            entries[ObjectIdentifier(group)] = .init(group: group, network: network, byteCount: size, lastUse: clock)
            byteCount += size
            readByteCount += size
            added.append(group)
        }
        return added
    }

    fileprivate mutating func remove(_ group: WeightGroup) -> WeightGroup {
        if let entry = entries.removeValue(forKey: ObjectIdentifier(group)) { byteCount -= entry.byteCount }
        return group
    }
}
