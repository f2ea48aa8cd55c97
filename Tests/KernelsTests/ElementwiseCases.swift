import CDiffusionKernels

typealias Unary = @Sendable (Kernels) -> (UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int) -> Void

/// A kernel of one array, and the error that its documentation states for an input and the exact result.
struct UnaryKernel: Sendable {
    let name: String
    let function: Unary
    let bound: @Sendable (_ x: Double, _ y: Double) -> Double

    static let all = [
        UnaryKernel(name: "exponential", function: { $0.pointee.exponential }, bound: exponentialBound),
        UnaryKernel(name: "silu", function: { $0.pointee.silu }) { _, y in 8 * eps * abs(y) + 1e-36 },
        UnaryKernel(name: "quick_gelu", function: { $0.pointee.quick_gelu }) { x, y in
            (8 + 4 * abs(x)) * eps * abs(y) + 1e-36
        },
        UnaryKernel(name: "gelu_tanh", function: { $0.pointee.gelu_tanh }) { x, y in
            (8 + 12 * abs(x + 0.044715 * x * x * x)) * eps * abs(y) + 1e-36
        },
        UnaryKernel(name: "gelu", function: { $0.pointee.gelu }, bound: geluBound),
    ]
}

/// Two units in the last place; zero below 2^-126.5, infinity above 2^127.5.
@Sendable func exponentialBound(x: Double, y: Double) -> Double {
    if y > 0x1p127 * 2.squareRoot() * (1 - 1e-5) { return .infinity }
    return max(2 * Double(Float(y).ulp), 0x1p-126)
}

@Sendable func geluBound(x: Double, y: Double) -> Double {
    4 * eps * min(abs(x), 1) + 2 * eps * abs(y) + 0x1p-149
}

private func unaryCase(_ kernel: UnaryKernel, count: Int, _ awkwardness: Awkwardness, inPlace: Bool) -> KernelCase {
    let input = awkwardValues(count, seed: UInt64(count), awkwardness)
    let name = "\(kernel.name)(\(count), \(awkwardness)\(inPlace ? ", in place" : ""))"
    return KernelCase(name: name) { kernels, arena in
        let source = arena.hold(input)
        let target = inPlace ? source : arena.hold(repeating: Float(7), count: count)
        kernel.function(kernels)(target.pointer, source.pointer, count)
        return collect(target)
    } tolerance: {
        kernel.bound(Double(input[$0]), $1)
    }
}

let unaryCases = UnaryKernel.all.flatMap { kernel in
    awkwardCounts.flatMap { count in
        Awkwardness.allCases.flatMap { awkwardness in
            [false, true].map { unaryCase(kernel, count: count, awkwardness, inPlace: $0) }
        }
    }
}

private func addCase(count: Int, _ awkwardness: Awkwardness) -> KernelCase {
    let a = awkwardValues(count, seed: 1, awkwardness), b = awkwardValues(count, seed: 2, awkwardness)
    return .exact("add(\(count), \(awkwardness))") { kernels, arena in
        let target = arena.hold(repeating: Float(7), count: count)
        kernels.pointee.add(target.pointer, arena.hold(a).pointer, arena.hold(b).pointer, count)
        return collect(target)
    }
}

let addCases = awkwardCounts.flatMap { count in Awkwardness.allCases.map { addCase(count: count, $0) } }

/// Rows of hidden values and gates. Zeros and infinities are not paired: below 1e-36 a gate counts as 0.
private func gegluInput(_ rowCount: Int, _ count: Int, _ hidden: Awkwardness, _ gate: Awkwardness) -> [Float] {
    (0..<rowCount).flatMap { row in
        awkwardValues(count, seed: UInt64(row), hidden) + awkwardValues(count, seed: UInt64(row + 100), gate)
    }
}

private func gegluCase(_ rowCount: Int, _ count: Int, hidden: Awkwardness, gate: Awkwardness) -> KernelCase {
    let input = gegluInput(rowCount, count, hidden, gate)
    return KernelCase(name: "geglu(\(rowCount) x \(count), \(hidden), \(gate))") { kernels, arena in
        let target = arena.hold(repeating: Float(7), count: rowCount * count)
        kernels.pointee.geglu(target.pointer, arena.hold(input).pointer, rowCount, count)
        return collect(target)
    } tolerance: { index, y in
        let row = index / count * 2 * count + index % count
        let hidden = Double(input[row]), gate = Double(input[row + count])
        return abs(hidden) * (4 * eps * min(abs(gate), 1) + 1e-36) + 4 * eps * abs(y) + 0x1p-149
    }
}

let gegluCases = awkwardCounts.flatMap { count in
    [0, 1, 3].flatMap { rows in
        [
            gegluCase(rows, count, hidden: .none, gate: .none),
            gegluCase(rows, count, hidden: .finite, gate: .hostile),
            gegluCase(rows, count, hidden: .hostile, gate: .none),
        ]
    }
}
