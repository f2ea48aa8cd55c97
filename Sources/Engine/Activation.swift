import DiffusionBasics
import DiffusionTensors

/// An elementwise nonlinearity, by the names that configurations use.
package enum Activation: String, Sendable, CaseIterable {
    /// x / (1 + e^−x), also called swish.
    case silu
    case swish
    /// x · Φ(x) with the error function.
    case gelu
    /// x / (1 + e^−1.702x), CLIP's form.
    case quickGELU = "quick_gelu"
    /// The tanh approximation of GELU.
    case geluTanh = "gelu_new"

    /// Elements of one piece of work.
    private static let pieceLength = 1 << 14

    /// Takes the input's memory if nobody else holds it.
    package func callAsFunction(_ input: consuming Tensor, in context: ComputeContext) throws -> Tensor {
        let pieces = Pieces(of: input.shape.elementCount, length: Self.pieceLength)
        let kernels = context.kernels
        return try rewriting(input, in: context) { source, target in
            try context.run(pieces.count) { index in
                let start = pieces[index].lowerBound
                apply(kernels, target + start, source + start, pieces[index].count)
            }
        }
    }

    func apply(
        _ table: KernelTable, _ out: UnsafeMutablePointer<Float>, _ source: UnsafePointer<Float>, _ count: Int
    ) {
        switch self {
        case .silu, .swish: table.functions.pointee.silu(out, source, count)
        case .gelu: table.functions.pointee.gelu(out, source, count)
        case .quickGELU: table.functions.pointee.quick_gelu(out, source, count)
        case .geluTanh: table.functions.pointee.gelu_tanh(out, source, count)
        }
    }
}

/// The gated unit of diffusers' feed-forward (Shazeer 2020): hidden · gelu(gate).
/// - Parameter input: `[…, 2n]`, the hidden half first.
/// - Returns: `[…, n]`.
package func geglu(_ input: Tensor, in context: ComputeContext) throws -> Tensor {
    ensure(input.shape.last % 2 == 0, "GEGLU on \(input.shape)")
    let width = input.shape.last / 2
    var output = try context.makeTensor(Shape(input.shape.dimensions.dropLast() + [width]))
    let rows = Pieces(of: input.shape.elementCount / max(1, 2 * width), length: (1 << 14) / max(1, width))
    let kernels = context.kernels
    try withPointers(input, &output) { source, target in
        try context.run(rows.count) { index in
            kernels.functions.pointee.geglu(
                target + rows[index].lowerBound * width, source + rows[index].lowerBound * 2 * width,
                rows[index].count, width)
        }
    }
    return output
}
