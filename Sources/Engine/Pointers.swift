import DiffusionBasics
import DiffusionTensors

/// A pointer that worker threads may share: they write to disjoint parts, cut before the work begins.
struct SharedPointer<Pointee>: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<Pointee>

    static func + (base: SharedPointer, offset: Int) -> UnsafeMutablePointer<Pointee> { base.pointer + offset }
}

/// As `SharedPointer`, for what is only read.
struct SharedConstPointer<Pointee>: @unchecked Sendable {
    let pointer: UnsafePointer<Pointee>

    static func + (base: SharedConstPointer, offset: Int) -> UnsafePointer<Pointee> { base.pointer + offset }
}

/// Pointers to the elements of a tensor that is read and one that is written.
func withPointers<Result>(
    _ input: Tensor, _ output: inout Tensor,
    _ body: (SharedConstPointer<Float>, SharedPointer<Float>) throws -> Result
) rethrows -> Result {
    try withPointer(input) { source in
        try output.withUnsafeMutableScalars { try body(source, SharedPointer(pointer: base($0))) }
    }
}

func withPointer<Result>(
    _ tensor: Tensor, _ body: (SharedConstPointer<Float>) throws -> Result
) rethrows -> Result {
    try tensor.withUnsafeScalars { scalars in
        guard let address = scalars.baseAddress else { reportBug("a tensor without memory") }
        return try body(SharedConstPointer(pointer: address))
    }
}

private func base(_ scalars: UnsafeMutableBufferPointer<Float>) -> UnsafeMutablePointer<Float> {
    guard let address = scalars.baseAddress else { reportBug("a tensor without memory") }
    return address
}
