import DiffusionBasics
import DiffusionTensors

/// Normalisation over the last axis (`torch.nn.LayerNorm` with weight and bias).
package struct LayerNorm: Sendable {
    private let name: String
    private let width: Int
    private let epsilon: Float
    private let gamma: Loadable<[Float]>
    private let beta: Loadable<[Float]>

    /// Elements of one piece of work.
    private static let pieceLength = 1 << 15

    /// - Parameter scope: holds `weight` and `bias`, `[width]`.
    package init(_ scope: WeightScope, width: Int, epsilon: Double = 1e-5) {
        name = scope.path
        self.width = width
        self.epsilon = Float(epsilon)
        let (weight, bias) = (scope.parameter("weight", shape: [width]), scope.parameter("bias", shape: [width]))
        gamma = scope.loadable { try weight.scalars() }
        beta = scope.loadable { try bias.scalars() }
    }

    /// - Parameter input: `[…, width]`.
    package func callAsFunction(_ input: Tensor, in context: ComputeContext) throws -> Tensor {
        ensure(input.shape.last == width, "layer norm of width \(width) on \(input.shape)")
        var output = try context.makeTensor(input.shape)
        let rows = Pieces(of: input.shape.elementCount / max(1, width), length: Self.pieceLength / max(1, width))
        let (width, epsilon, gamma, beta, kernels) = (width, epsilon, gamma.value, beta.value, context.kernels)
        try context.measured(LayerCall(name: name, kind: "layer norm", plan: "", shape: "\(input.shape)")) {
            try withPointers(input, &output) { source, target in
                try context.run(rows.count) { index in
                    let offset = rows[index].lowerBound * width
                    kernels.functions.pointee.layer_norm(
                        target + offset, source + offset, rows[index].count, width, gamma, beta, epsilon)
                }
            }
        }
        return output
    }

    /// The same, prepared for layers that read it: block by block, so that the normalised rows stay in cache.
    package func prepared(
        _ input: Tensor, for arithmetic: ProductArithmetic, in context: ComputeContext
    ) throws -> PreparedTensor {
        guard arithmetic.rowFormat.byteCount(inputs: width) != nil else {
            return try PreparedTensor(self(input, in: context), for: arithmetic, in: context)
        }
        ensure(input.shape.last == width, "layer norm of width \(width) on \(input.shape)")
        let (width, epsilon, gamma, beta, kernels) = (width, epsilon, gamma.value, beta.value, context.kernels)
        return try PreparedTensor(input.shape, for: arithmetic, in: context) { writer in
            try withPointer(input) { source in
                let blocks = writer.blocks
                try context.runThrowing(blocks.count) { index in
                    let rows = blocks[index]
                    try context.withFloats(rows.count * width) { normalized in
                        kernels.functions.pointee.layer_norm(
                            normalized, source + rows.lowerBound * width, rows.count, width, gamma, beta, epsilon)
                        try writer.write(normalized, stride: width, at: rows)
                    }
                }
            }
        }
    }
}
