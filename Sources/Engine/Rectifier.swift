import DiffusionTensors

/// max(x, 0). Takes the input's memory if nobody else holds it.
package func relu(_ input: consuming Tensor, in context: ComputeContext) throws -> Tensor {
    let pieces = Pieces(of: input.shape.elementCount, length: 1 << 15)
    return try rewriting(input, in: context) { source, target in
        try context.run(pieces.count) { index in
            let (from, to) = (source + pieces[index].lowerBound, target + pieces[index].lowerBound)
            // A NaN stays one, as in torch.
            for element in 0..<pieces[index].count { to[element] = from[element] < 0 ? 0 : from[element] }
        }
    }
}
