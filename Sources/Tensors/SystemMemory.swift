import DiffusionBasics

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Memory straight from the system, 64-byte aligned.
///
/// Large pieces are mapped: released, they leave the process at once whatever lies beside them, and they begin where a
/// huge page may, which saves page faults while weights are read and misses of the address cache in products.
package enum SystemMemory {
    private static let alignment = 64
    /// Bytes from which on a piece is mapped by itself.
    private static let mappedSize = 4 << 20
    static let hugePageSize = 2 << 20

    /// Whether a piece of that size is mapped by itself.
    static func isMapped(byteCount: Int) -> Bool { byteCount >= mappedSize }

    /// - Throws: `MemoryError`.
    package static func allocate(byteCount: Int) throws -> UnsafeMutablePointer<Float> {
        let raw = isMapped(byteCount: byteCount) ? mapped(byteCount) : allocated(byteCount)
        guard let raw else { throw MemoryError(byteCount: byteCount) }
        return raw.assumingMemoryBound(to: Float.self)
    }

    /// Makes sure that so much could be taken now, where a limit is set on the process (`ulimit -v`, a batch system).
    /// - Returns: whether there is a limit.
    /// - Throws: `MemoryError`.
    package static func checkRoom(byteCount: Int) throws -> Bool {
        var limit = rlimit()
        #if canImport(Glibc)
        let status = getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
        #else
        let status = getrlimit(RLIMIT_AS, &limit)
        #endif
        guard status == 0, limit.rlim_cur < rlim_t(Int64.max) else { return false }
        release(UnsafeMutableRawPointer(try allocate(byteCount: byteCount)), byteCount: byteCount)
        return true
    }

    /// - Parameter byteCount: as it was allocated.
    package static func release(_ address: UnsafeMutableRawPointer, byteCount: Int) {
        if isMapped(byteCount: byteCount) { munmap(address, byteCount) } else { free(address) }
    }

    /// Releases a part of a mapped piece.
    static func unmap(_ address: UnsafeMutableRawPointer, byteCount: Int) {
        if byteCount > 0 { munmap(address, byteCount) }
    }

    /// Returns what small pieces left behind when they were released.
    package static func trim() {
        _ = mallocTrim?(0)
    }

    /// glibc's, which keeps what threads gave back otherwise; its Swift module leaves the header out.
    private static let mallocTrim: (@convention(c) (Int) -> Int32)? = {
        guard let symbol = dlsym(nil, "malloc_trim") else { return nil }
        return unsafeBitCast(symbol, to: (@convention(c) (Int) -> Int32).self)
    }()

    private static func allocated(_ byteCount: Int) -> UnsafeMutableRawPointer? {
        var raw: UnsafeMutableRawPointer?
        return posix_memalign(&raw, alignment, byteCount) == 0 ? raw : nil
    }

    private static func mapped(_ byteCount: Int) -> UnsafeMutableRawPointer? {
        let (room, overflow) = byteCount.addingReportingOverflow(hugePageSize)
        guard !overflow else { return nil }
        let flags = MAP_PRIVATE | MAP_ANON
        guard let start = mmap(nil, room, PROT_READ | PROT_WRITE, flags, -1, 0), start != MAP_FAILED else { return nil }
        let address = start.alignedUp(toMultipleOf: hugePageSize)
        let end = address + wholePages(byteCount)
        if address > start { munmap(start, address - start) }
        if start + room > end { munmap(end, start + room - end) }
        #if canImport(Glibc)
        madvise(address, byteCount, MADV_HUGEPAGE)
        #endif
        return address
    }

    static func wholePages(_ byteCount: Int) -> Int {
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        return (byteCount + page - 1) / page * page
    }
}

/// The system refused memory; the same work may succeed later.
public struct MemoryError: DescribedError, Equatable {
    /// What was asked for.
    public var byteCount: Int
    public var code: String { "memory.exhausted" }
    public var sentence: String { "The system refused \(byteCount / 1_048_576 + 1) MiB of memory." }
    public var remedy: String? { "Close other programs, or render smaller or fewer pictures at once." }
    public var isTransient: Bool { true }

    /// - Parameter byteCount: what was asked for.
    public init(byteCount: Int) { self.byteCount = byteCount }
}
