#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Pages that go from one mapped piece of memory to another, content and all: the system need not clear new ones, which
/// takes longer than many a layer. Linux only; elsewhere nothing moves.
package struct MovablePages: Sendable {
    /// Moves one unit from the first address to the second. Refused, it leaves the source as it was, but may have unmapped
    /// the target.
    package typealias MoveUnit = @Sendable (UnsafeMutableRawPointer, UnsafeMutableRawPointer) -> Bool

    /// What moves at once: it is a huge page, or lies within one piece of the system's books.
    package static let unit = SystemMemory.hugePageSize

    /// nil where nothing moves.
    package let moveUnit: MoveUnit?

    package init(moveUnit: MoveUnit?) { self.moveUnit = moveUnit }

    /// Moves whole units from `source` to `target`, both mapped by `SystemMemory`. What they leave is no longer mapped.
    /// - Returns: the bytes that moved, from the beginning; the rest of the source is where it was. Whether a unit behind
    ///   them was refused: its place in the target may be nobody's or, by now, another thread's.
    func move(
        _ source: UnsafeMutableRawPointer, to target: UnsafeMutableRawPointer, byteCount: Int
    ) -> (byteCount: Int, isRefused: Bool) {
        guard let moveUnit else { return (0, false) }
        var moved = 0
        while moved + Self.unit <= byteCount {
            guard moveUnit(source + moved, target + moved) else { return (moved, true) }
            moved += Self.unit
        }
        return (moved, false)
    }

    #if os(Linux)
    private typealias Remap =
        @convention(c) (UnsafeMutableRawPointer, Int, Int, Int32, UnsafeMutableRawPointer) -> UnsafeMutableRawPointer?

    /// The C library's `mremap`, which Swift does not import because its last argument is optional.
    package static let system = MovablePages(
        moveUnit: dlsym(nil, "mremap").map { symbol in
            let remap = unsafeBitCast(symbol, to: Remap.self)
            let (mayMove, toFixedAddress): (Int32, Int32) = (1, 2)
            return { source, target in remap(source, unit, unit, mayMove | toFixedAddress, target) == target }
        })
    #else
    package static let system = MovablePages(moveUnit: nil)
    #endif
}
