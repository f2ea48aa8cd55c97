import CDiffusionKernels
import Testing

/// One call of one kernel on one input, with the error that it may have.
struct KernelCase: Sendable {
    let name: String
    /// Runs the kernel of a table on fresh copies of the input; all that it could have written, as doubles.
    let run: @Sendable (Kernels, Arena) -> [Double]
    /// The largest difference from the reference per value of the result.
    let tolerance: @Sendable (_ index: Int, _ reference: Double) -> Double

    func result(of kernels: Kernels) -> [Double] {
        let arena = Arena()
        return withExtendedLifetime(arena) { run(kernels, arena) }
    }

    /// The result has to equal the reference.
    static func exact(_ name: String, run: @escaping @Sendable (Kernels, Arena) -> [Double]) -> KernelCase {
        KernelCase(name: name, run: run) { _, _ in 0 }
    }
}

/// Half a unit in the last place of one, in single precision.
let eps = 0x1p-24

private func agree(_ value: Double, _ reference: Double, within tolerance: Double) -> Bool {
    value == reference || (value.isNaN && reference.isNaN) || abs(value - reference) <= tolerance
}

private func haveSameBits(_ a: Double, _ b: Double) -> Bool {
    a.bitPattern == b.bitPattern || (a.isNaN && b.isNaN)
}

/// Checks a case on a path against the plain twin.
func expectAgreement(of kernelCase: KernelCase, on path: KernelPath) throws {
    let reference = kernelCase.result(of: dk_reference_table())
    let result = kernelCase.result(of: try path.table())
    let first = zip(result, reference).enumerated().first { index, pair in
        !agree(pair.0, pair.1, within: kernelCase.tolerance(index, pair.1))
    }
    #expect(result.count == reference.count)
    #expect(
        first == nil,
        "\(kernelCase.name) on \(path.rawValue): \(first.map { describe($0, kernelCase) } ?? "")")
}

private func describe(_ found: (offset: Int, element: (Double, Double)), _ kernelCase: KernelCase) -> String {
    let (value, reference) = found.element
    let allowed = kernelCase.tolerance(found.offset, reference)
    return "[\(found.offset)] is \(value), reference \(reference), allowed difference \(allowed)"
}

/// Checks that two paths give the same bytes (a NaN may carry another payload).
func expectSameBytes(of kernelCase: KernelCase, on path: KernelPath, as other: KernelPath) throws {
    let result = kernelCase.result(of: try path.table()), expected = kernelCase.result(of: try other.table())
    let first = zip(result, expected).enumerated().first { !haveSameBits($0.element.0, $0.element.1) }
    #expect(result.count == expected.count)
    #expect(first == nil, "\(kernelCase.name): \(path.rawValue) and \(other.rawValue) differ at \(first?.offset ?? 0)")
}

/// The results of a kernel's output buffers, after a look at what stands before them.
func collect(_ buffers: GuardedBuffer<Float>...) -> [Double] {
    for buffer in buffers { #expect(buffer.frontIsIntact, "something was written before a buffer") }
    return buffers.flatMap { $0.elements.map(Double.init) }
}

func collect(_ buffer: GuardedBuffer<Double>) -> [Double] {
    #expect(buffer.frontIsIntact, "something was written before a buffer")
    return buffer.elements
}

/// Integers, and floats whose bits matter.
func collectBits<Element: FixedWidthInteger>(_ buffer: GuardedBuffer<Element>) -> [Double] {
    #expect(buffer.frontIsIntact, "something was written before a buffer")
    return buffer.elements.map { Double($0) }
}
