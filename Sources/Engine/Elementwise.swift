import DiffusionBasics
import DiffusionTensors

private let pieceLength = 1 << 15

/// a + b for tensors of one shape; a residual connection. Takes a's memory if nobody else holds it.
package func add(_ a: consuming Tensor, _ b: Tensor, in context: ComputeContext) throws -> Tensor {
    ensure(a.shape == b.shape, "sum of \(a.shape) and \(b.shape)")
    let pieces = Pieces(of: a.shape.elementCount, length: pieceLength)
    let kernels = context.kernels
    return try rewriting(a, in: context) { source, target in
        try withPointer(b) { other in
            try context.run(pieces.count) { index in
                let start = pieces[index].lowerBound
                kernels.functions.pointee.add(target + start, source + start, other + start, pieces[index].count)
            }
        }
    }
}

/// Adds a vector per image to every pixel: `input` `[images, …, channels]`, `vectors` `[images, channels]`.
package func addPerImage(_ input: consuming Tensor, _ vectors: Tensor, in context: ComputeContext) throws -> Tensor {
    let (images, channels) = (input.shape[0], input.shape.last)
    ensure(vectors.shape == [images, channels], "vectors \(vectors.shape) for \(input.shape)")
    return try scaleShiftPerImage(input, scales: nil, shifts: vectors, in: context)
}

/// input · (1 + scale) + shift with a vector per image and channel; without `scales` just the shift. Takes the input's
/// memory if nobody else holds it.
package func scaleShiftPerImage(
    _ input: consuming Tensor, scales: Tensor?, shifts: Tensor, in context: ComputeContext
) throws -> Tensor {
    let (images, channels) = (input.shape[0], input.shape.last)
    let factors = scales?.map { 1 + $0 } ?? Tensor(shape: [images, channels]) { $0.initialize(repeating: 1) }
    let pixels = Pieces(
        of: input.shape.elementCount / max(1, images * channels), length: pieceLength / max(1, channels))
    let kernels = context.kernels
    return try rewriting(input, in: context) { source, target in
        try withPointer(factors) { scale in
            try withPointer(shifts) { shift in
                try context.run(images * pixels.count) { task in
                    let (image, index) = task.quotientAndRemainder(dividingBy: pixels.count)
                    let start = (image * pixels.itemCount + pixels[index].lowerBound) * channels
                    kernels.functions.pointee.scale_shift_channels(
                        target + start, source + start, pixels[index].count, channels, channels, channels, nil,
                        scale + image * channels, shift + image * channels, 0)
                }
            }
        }
    }
}

/// input · factor.
package func scaled(_ input: Tensor, by factor: Float, in context: ComputeContext) throws -> Tensor {
    let shape: Shape = [input.shape[0], input.shape.last]
    let scales = Tensor(shape: shape) { $0.initialize(repeating: factor - 1) }
    return try scaleShiftPerImage(input, scales: scales, shifts: Tensor(zeros: shape), in: context)
}

/// Joins two tensors along the channels, a's first: a skip connection.
package func concatenateChannels(_ a: Tensor, _ b: Tensor, in context: ComputeContext) throws -> Tensor {
    ensure(a.shape.dimensions.dropLast() == b.shape.dimensions.dropLast(), "joining \(a.shape) and \(b.shape)")
    let (left, right) = (a.shape.last, b.shape.last)
    var output = try context.makeTensor(Shape(a.shape.dimensions.dropLast() + [left + right]))
    let pixels = Pieces(of: a.shape.elementCount / max(1, left), length: pieceLength / max(1, left + right))
    try withPointer(b) { other in
        try withPointers(a, &output) { source, target in
            try context.run(pixels.count) { index in
                for pixel in pixels[index] {
                    let out = target + pixel * (left + right)
                    out.update(from: source + pixel * left, count: left)
                    (out + left).update(from: other + pixel * right, count: right)
                }
            }
        }
    }
    return output
}

/// `[images, channels, height, width]` to `[images, height, width, channels]`.
package func toNHWC(_ input: Tensor, in context: ComputeContext) throws -> Tensor {
    let shape = input.shape
    ensure(shape.rank == 4, "NCHW to NHWC of \(shape)")
    let kernels = context.kernels
    return try transposed(input, to: [shape[0], shape[2], shape[3], shape[1]], in: context) { target, source in
        kernels.functions.pointee.transpose_nchw_to_nhwc(target, source, shape[1], shape[2] * shape[3])
    }
}

/// `[images, height, width, channels]` to `[images, channels, height, width]`.
package func toNCHW(_ input: Tensor, in context: ComputeContext) throws -> Tensor {
    let shape = input.shape
    ensure(shape.rank == 4, "NHWC to NCHW of \(shape)")
    let kernels = context.kernels
    return try transposed(input, to: [shape[0], shape[3], shape[1], shape[2]], in: context) { target, source in
        kernels.functions.pointee.transpose_nhwc_to_nchw(target, source, shape[3], shape[1] * shape[2])
    }
}

private func transposed(
    _ input: Tensor, to shape: Shape, in context: ComputeContext,
    _ move: @escaping @Sendable (UnsafeMutablePointer<Float>, UnsafePointer<Float>) -> Void
) throws -> Tensor {
    var output = try context.makeTensor(shape)
    let imageLength = shape.elementCount / max(1, shape[0])
    try withPointers(input, &output) { source, target in
        try context.run(shape[0]) { move(target + $0 * imageLength, source + $0 * imageLength) }
    }
    return output
}
