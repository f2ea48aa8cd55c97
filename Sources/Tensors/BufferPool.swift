import DiffusionBasics
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Keeps the memory of activations that nobody holds any more, for the next ones of about that size.
///
/// A buffer comes back when the last tensor that holds it goes, so a network's demand on the system does not grow with
/// its depth. Thread-safe.
public final class BufferPool: Sendable {
    private struct State {
        /// Free buffers by capacity in bytes.
        var free: [Int: [UInt]] = [:]
        var freeBytes = 0
        var systemAllocationCount = 0
    }

    private static let alignment = 64
    private let state = Mutex(State())

    public init() {}

    /// How often memory came from the system since this pool began.
    public var systemAllocationCount: Int { state.withLock { $0.systemAllocationCount } }

    /// Bytes held for reuse.
    public var freeBytes: Int { state.withLock { $0.freeBytes } }

    /// 64-byte aligned memory for `count` floats with undefined content, and its true capacity in bytes.
    /// - Throws: `MemoryError` where the system has none left.
    func take(floatCount count: Int) throws -> (UnsafeMutablePointer<Float>, capacity: Int) {
        let needed = Self.rounded(max(count, 1) * MemoryLayout<Float>.stride)
        if let found = reuse(needed) { return found }
        let pointer = try Self.systemAllocation(byteCount: needed)
        state.withLock { $0.systemAllocationCount += 1 }
        return (pointer, needed)
    }

    /// Aligned memory straight from the system, to be released with `free`.
    /// - Throws: `MemoryError`.
    static func systemAllocation(byteCount: Int) throws -> UnsafeMutablePointer<Float> {
        var raw: UnsafeMutableRawPointer?
        guard posix_memalign(&raw, alignment, byteCount) == 0, let raw else { throw MemoryError(byteCount: byteCount) }
        return raw.assumingMemoryBound(to: Float.self)
    }

    func giveBack(_ pointer: UnsafeMutablePointer<Float>, capacity: Int) {
        state.withLock {
            $0.free[capacity, default: []].append(UInt(bitPattern: pointer))
            $0.freeBytes += capacity
        }
    }

    /// Returns what nobody holds to the system, as after the last step of one size.
    public func trim() {
        let buffers = state.withLock { state in
            defer { (state.free, state.freeBytes) = ([:], 0) }
            return state.free.values.flatMap(\.self)
        }
        for address in buffers { free(UnsafeMutableRawPointer(bitPattern: address)) }
    }

    deinit { trim() }

    /// The smallest free buffer that is large enough and wastes at most a quarter.
    private func reuse(_ needed: Int) -> (UnsafeMutablePointer<Float>, capacity: Int)? {
        let found: (UInt, Int)? = state.withLock { state in
            let fitting = state.free.keys.filter { $0 >= needed && $0 <= needed + needed / 4 }
            guard let capacity = fitting.min(), let address = state.free[capacity]?.popLast() else { return nil }
            if state.free[capacity]?.isEmpty == true { state.free[capacity] = nil }
            state.freeBytes -= capacity
            return (address, capacity)
        }
        guard let found, let pointer = UnsafeMutablePointer<Float>(bitPattern: found.0) else { return nil }
        return (pointer, found.1)
    }

    private static func rounded(_ byteCount: Int) -> Int { (byteCount + alignment - 1) / alignment * alignment }
}

/// The system refused memory; the same work may succeed later.
public struct MemoryError: DescribedError, Equatable {
    public var byteCount: Int
    public var code: String { "memory.exhausted" }
    public var sentence: String { "The system refused \(byteCount / 1_048_576 + 1) MiB of memory." }
    public var remedy: String? { "Close other programs, or render smaller or fewer pictures at once." }
    public var isTransient: Bool { true }

    public init(byteCount: Int) { self.byteCount = byteCount }
}
