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

/// The tensor that `body` makes of `input`, element by element or row by row: written over `input` where nobody else holds
/// it, so that a caller who passes on its last reference needs no second buffer.
/// - Parameter body: reads the first pointer, writes the second; each element is read before its place is written.
func rewriting(
    _ input: consuming Tensor, in context: ComputeContext,
    _ body: (SharedConstPointer<Float>, SharedPointer<Float>) throws -> Void
) throws -> Tensor {
    guard input.isUniquelyHeld() else {
        var output = try context.makeTensor(input.shape)
        try withPointers(input, &output, body)
        return output
    }
    try input.withUnsafeMutableScalars { scalars in
        let address = base(scalars)
        try body(SharedConstPointer(pointer: address), SharedPointer(pointer: address))
    }
    return input
}

func withPointer<Result>(
    _ tensor: Tensor, _ body: (SharedConstPointer<Float>) throws -> Result
) rethrows -> Result {
    try tensor.withUnsafeScalars { scalars in
        guard let address = scalars.baseAddress else { reportBug("a tensor without memory") }
        return try body(SharedConstPointer(pointer: address))
    }
}

/// A pointer to the elements of a tensor that is written.
func withPointer<Result>(
    to tensor: inout Tensor, _ body: (SharedPointer<Float>) throws -> Result
) rethrows -> Result {
    try tensor.withUnsafeMutableScalars { try body(SharedPointer(pointer: base($0))) }
}

private func base(_ scalars: UnsafeMutableBufferPointer<Float>) -> UnsafeMutablePointer<Float> {
    guard let address = scalars.baseAddress else { reportBug("a tensor without memory") }
    return address
}
