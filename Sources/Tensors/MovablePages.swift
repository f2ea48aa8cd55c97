#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Pages that go from one mapped piece of memory to another, content and all: the system need not clear new ones, which
/// takes longer than many a layer. Linux only; elsewhere nothing moves.
enum MovablePages {
    /// What moves at once: it is a huge page, or lies within one piece of the system's books.
    static let unit = SystemMemory.hugePageSize

    /// Moves whole units from `source` to `target`, both mapped by `SystemMemory`. What they leave is no longer mapped.
    /// - Returns: the bytes that moved, from the beginning; the rest is where it was.
    static func move(
        _ source: UnsafeMutableRawPointer, to target: UnsafeMutableRawPointer, byteCount: Int
    ) -> Int {
        var moved = 0
        while moved + unit <= byteCount, moveUnit(source + moved, target + moved) { moved += unit }
        return moved
    }

    #if os(Linux)
    private typealias Remap =
        @convention(c) (UnsafeMutableRawPointer, Int, Int, Int32, UnsafeMutableRawPointer) -> UnsafeMutableRawPointer?

    /// The C library's `mremap`, which Swift does not import because its last argument is optional.
    private static let remap: Remap? = dlsym(nil, "mremap").map { unsafeBitCast($0, to: Remap.self) }

    private static func moveUnit(_ source: UnsafeMutableRawPointer, _ target: UnsafeMutableRawPointer) -> Bool {
        let mayMove: Int32 = 1, toFixedAddress: Int32 = 2
        return remap?(source, unit, unit, mayMove | toFixedAddress, target) == target
    }
    #else
    private static func moveUnit(_ source: UnsafeMutableRawPointer, _ target: UnsafeMutableRawPointer) -> Bool { false }
    #endif
}
