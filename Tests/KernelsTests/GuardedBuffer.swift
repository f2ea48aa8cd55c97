#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Memory that ends where an unreadable page begins, with a known pattern before it: a kernel that touches one
/// element too many behind it stops the process, one that writes before it is found out by `frontIsIntact`.
final class GuardedBuffer<Element: BitwiseCopyable> {
    let count: Int
    let pointer: UnsafeMutablePointer<Element>
    private let base: UnsafeMutableRawPointer
    private let byteCount: Int
    private static var pattern: UInt8 { 0xA5 }
    private static var frontCount: Int { 64 }

    init(_ elements: [Element]) {
        count = elements.count
        let page = Int(getpagesize())
        let payload = elements.count * MemoryLayout<Element>.stride
        let readable = (payload + Self.frontCount + page - 1) / page * page
        byteCount = readable + page
        let mapped = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)
        guard let mapped, mapped != MAP_FAILED, mprotect(mapped + readable, page, PROT_NONE) == 0 else {
            preconditionFailure("no memory for a guarded buffer of \(byteCount) bytes")
        }
        base = mapped
        memset(mapped, Int32(Self.pattern), readable)
        pointer = (mapped + (readable - payload)).bindMemory(to: Element.self, capacity: max(1, elements.count))
        for (index, element) in elements.enumerated() { pointer[index] = element }
    }

    deinit { munmap(base, byteCount) }

    var elements: [Element] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

    var frontIsIntact: Bool {
        let front = UnsafeRawPointer(pointer) - Self.frontCount
        return (0..<Self.frontCount).allSatisfy { (front + $0).load(as: UInt8.self) == Self.pattern }
    }
}

/// Keeps the buffers of one call alive until its results are read.
final class Arena {
    private var buffers: [AnyObject] = []

    func hold<Element: BitwiseCopyable>(_ elements: [Element]) -> GuardedBuffer<Element> {
        let buffer = GuardedBuffer(elements)
        buffers.append(buffer)
        return buffer
    }

    func hold<Element: BitwiseCopyable>(repeating element: Element, count: Int) -> GuardedBuffer<Element> {
        hold(Array(repeating: element, count: count))
    }
}
