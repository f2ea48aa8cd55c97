import DiffusionBasics
import Synchronization

/// Keeps the memory of activations that nobody holds any more, for the next ones of about that size.
///
/// A buffer comes back when the last tensor that holds it goes, so a network's demand on the system does not grow with
/// its depth; where none is of that size, the pages of free ones move into a new one. What is kept is bounded: when new
/// memory is asked for, free buffers beyond a quarter of what is in use (or a floor, if that is more) go back to the system,
/// unless free and used ones together are no more than what was in use at some time: the system clears every page that it
/// hands out, which takes a tenth of a decoding.
/// Thread-safe.
package final class BufferPool: Sendable {
    private struct State {
        /// Free buffers by capacity in bytes.
        var free: [Int: [UInt]] = [:]
        var freeBytes = 0
        var usedBytes = 0
        var peakBytes = 0
        /// The most that was ever in use.
        var mostUsedBytes = 0
        var byteLimit: Int?
        var systemAllocationCount = 0
        /// Until the system refuses a move for the first time.
        var movesPages = true

        /// Enters a buffer as in use.
        mutating func use(_ capacity: Int) {
            usedBytes += capacity
            peakBytes = max(peakBytes, usedBytes)
            mostUsedBytes = max(mostUsedBytes, usedBytes)
        }

        /// Free bytes worth keeping.
        var keptBytes: Int {
            if let byteLimit { return max(BufferPool.leastKeptBytes, byteLimit - usedBytes) }
            let asBefore = min(BufferPool.mostKeptBytes, mostUsedBytes - usedBytes)
            return max(BufferPool.keptBytes, usedBytes / 4, asBefore)
        }

        mutating func keep(_ address: UInt, _ capacity: Int) {
            free[capacity, default: []].append(address)
            freeBytes += capacity
        }

        /// Takes one free buffer of that capacity.
        mutating func removeFree(_ capacity: Int) -> UInt? {
            guard let address = free[capacity]?.popLast() else { return nil }
            if free[capacity]?.isEmpty == true { free[capacity] = nil }
            freeBytes -= capacity
            return address
        }

        /// Takes free mapped buffers, the largest first, until they hold pages for a mapped one of `needed` bytes.
        mutating func removePages(for needed: Int) -> [(address: UInt, capacity: Int)] {
            var buffers: [(UInt, Int)] = []
            var missing = movesPages && SystemMemory.isMapped(byteCount: needed) ? needed / MovablePages.unit : 0
            while missing > 0, let capacity = free.keys.max(), SystemMemory.isMapped(byteCount: capacity),
                let address = removeFree(capacity)
            {
                buffers.append((address, capacity))
                missing -= capacity / MovablePages.unit
            }
            return buffers
        }
    }

    private static let alignment = 64
    /// Free bytes that are always kept: those of a U-Net step at 512×512 have room.
    private static let keptBytes = 256 << 20
    /// Free bytes that are kept at most because so many were in use before: those of decoding 512×512 pixels have room.
    private static let mostKeptBytes = 1 << 30
    /// The least that is kept under a limit: workspaces of threads, which come and go many times in a layer.
    package static let leastKeptBytes = 24 << 20
    private let state = Mutex(State())
    private let movablePages: MovablePages

    package init(pages: MovablePages = .system) { movablePages = pages }

    /// How often memory came from the system since this pool began.
    package var systemAllocationCount: Int { state.withLock { $0.systemAllocationCount } }

    /// Bytes held for reuse.
    package var freeBytes: Int { state.withLock { $0.freeBytes } }

    /// Bytes that tensors hold.
    package var usedBytes: Int { state.withLock { $0.usedBytes } }

    /// The most bytes that tensors held at once since the last `forgetPeak`.
    package var peakBytes: Int { state.withLock { $0.peakBytes } }

    /// Begins to measure `peakBytes` anew.
    package func forgetPeak() { state.withLock { $0.peakBytes = $0.usedBytes } }

    /// What is free makes room for what is asked for from now on, so that both together stay below `byteCount` unless
    /// tensors need more; nil keeps as much as without a limit.
    package func limit(to byteCount: Int?) {
        state.withLock { $0.byteLimit = byteCount }
        releaseSurplus()
    }

    /// 64-byte aligned memory for `count` floats with undefined content, and its true capacity in bytes.
    /// - Throws: `MemoryError` where the system has none left.
    func take(floatCount count: Int) throws -> (UnsafeMutablePointer<Float>, capacity: Int) {
        let needed = Self.rounded(max(count, 1) * MemoryLayout<Float>.stride)
        if let found = reuse(needed) { return found }
        var pointer = try allocateOrTrim(needed)
        let pages = state.withLock { $0.removePages(for: needed) }
        if let refused = move(pages, to: UnsafeMutableRawPointer(pointer), byteCount: needed) {
            state.withLock { $0.movesPages = false }
            abandon(UnsafeMutableRawPointer(pointer), byteCount: needed, without: refused)
            pointer = try allocateOrTrim(needed)
        }
        state.withLock {
            $0.systemAllocationCount += 1
            $0.use(needed)
        }
        releaseSurplus()
        return (pointer, needed)
    }

    /// Gives a new buffer the pages of free ones; what is left of these is free again.
    /// - Returns: where in the buffer a unit was refused, after which nothing moves.
    private func move(
        _ buffers: [(address: UInt, capacity: Int)], to target: UnsafeMutableRawPointer, byteCount: Int
    ) -> Int? {
        var (filled, refused): (Int, Int?) = (0, nil)
        for (address, capacity) in buffers {
            guard let source = UnsafeMutableRawPointer(bitPattern: address) else { continue }
            let wanted = refused == nil ? min(capacity, byteCount - filled) : 0
            let moved = movablePages.move(source, to: target + filled, byteCount: wanted)
            filled += moved.byteCount
            if moved.isRefused { refused = filled }
            keepRest(source + moved.byteCount, byteCount: capacity - moved.byteCount)
        }
        return refused
    }

    /// Releases a new buffer but for one unit: another thread may have got that place from the system meanwhile.
    private func abandon(_ target: UnsafeMutableRawPointer, byteCount: Int, without refused: Int) {
        SystemMemory.unmap(target, byteCount: refused)
        let next = refused + MovablePages.unit
        SystemMemory.unmap(target + next, byteCount: byteCount - next)
    }

    /// What moving or shrinking left of a mapped buffer.
    private func keepRest(_ rest: UnsafeMutableRawPointer, byteCount: Int) {
        guard byteCount > 0 else { return }
        if SystemMemory.isMapped(byteCount: byteCount) {
            state.withLock { $0.keep(UInt(bitPattern: rest), byteCount) }
        } else {
            SystemMemory.unmap(rest, byteCount: byteCount)
        }
    }

    /// What the pool keeps may be what the system lacks.
    private func allocateOrTrim(_ byteCount: Int) throws -> UnsafeMutablePointer<Float> {
        do { return try SystemMemory.allocate(byteCount: byteCount) } catch {
            trim()
            return try SystemMemory.allocate(byteCount: byteCount)
        }
    }

    func giveBack(_ pointer: UnsafeMutablePointer<Float>, capacity: Int) {
        state.withLock {
            $0.keep(UInt(bitPattern: pointer), capacity)
            $0.usedBytes -= capacity
        }
    }

    /// Takes the end of a buffer back whose first floats stay in use.
    /// - Returns: the capacity of what stays.
    func shrink(_ pointer: UnsafeMutablePointer<Float>, capacity: Int, toFloatCount count: Int) -> Int {
        let (byteCount, unit) = (count * MemoryLayout<Float>.stride, MovablePages.unit)
        guard SystemMemory.isMapped(byteCount: byteCount) else { return capacity }
        let kept = min(capacity, SystemMemory.wholePages(byteCount))
        // What comes back begins with a huge page, so that it can move.
        let next = min(capacity, (kept + unit - 1) / unit * unit)
        state.withLock { $0.usedBytes -= capacity - kept }
        SystemMemory.unmap(UnsafeMutableRawPointer(pointer) + kept, byteCount: next - kept)
        keepRest(UnsafeMutableRawPointer(pointer) + next, byteCount: capacity - next)
        return kept
    }

    /// Returns what nobody holds to the system, as after the last step of one size.
    package func trim() {
        release(
            state.withLock { state in
                defer { (state.free, state.freeBytes) = ([:], 0) }
                return state.free
            })
    }

    deinit { trim() }

    /// Gives the largest free buffers back until the rest is worth keeping.
    private func releaseSurplus() {
        let surplus = state.withLock { state in
            var surplus: [Int: [UInt]] = [:]
            let kept = state.keptBytes
            while state.freeBytes > kept, let capacity = state.free.keys.max(), let address = state.removeFree(capacity)
            {
                surplus[capacity, default: []].append(address)
            }
            return surplus
        }
        release(surplus)
    }

    private func release(_ buffers: [Int: [UInt]]) {
        for (capacity, addresses) in buffers {
            for address in addresses.compactMap(UnsafeMutableRawPointer.init(bitPattern:)) {
                SystemMemory.release(address, byteCount: capacity)
            }
        }
    }

    /// The smallest free buffer that is large enough and wastes at most a quarter.
    private func reuse(_ needed: Int) -> (UnsafeMutablePointer<Float>, capacity: Int)? {
        let found: (UInt, Int)? = state.withLock { state in
            let fitting = state.free.keys.filter { $0 >= needed && $0 <= needed + needed / 4 }
            guard let capacity = fitting.min(), let address = state.removeFree(capacity) else { return nil }
            state.use(capacity)
            return (address, capacity)
        }
        guard let found, let pointer = UnsafeMutablePointer<Float>(bitPattern: found.0) else { return nil }
        return (pointer, found.1)
    }

    private static func rounded(_ byteCount: Int) -> Int { (byteCount + alignment - 1) / alignment * alignment }
}
