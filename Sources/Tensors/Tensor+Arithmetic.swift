import DiffusionBasics

/// Elementwise arithmetic for schedulers: latents are small, so plain loops do.
extension Tensor {
    /// A new tensor of the same shape.
    public func map(_ transform: (Float) throws -> Float) rethrows -> Tensor {
        try withUnsafeScalars { source in
            try Tensor(shape: shape) { target in
                for index in source.indices { target[index] = try transform(source[index]) }
            }
        }
    }

    /// Combines two tensors of one shape element by element.
    public func combined(with other: Tensor, _ combine: (Float, Float) throws -> Float) rethrows -> Tensor {
        ensure(shape == other.shape, "elementwise operation on \(shape) and \(other.shape)")
        return try withUnsafeScalars { a in
            try other.withUnsafeScalars { b in
                try Tensor(shape: shape) { target in
                    for index in a.indices { target[index] = try combine(a[index], b[index]) }
                }
            }
        }
    }

    /// Element by element; shapes must be equal.
    public static func + (a: Tensor, b: Tensor) -> Tensor { a.combined(with: b, +) }
    /// Element by element; shapes must be equal.
    public static func - (a: Tensor, b: Tensor) -> Tensor { a.combined(with: b, -) }
    /// Every element scaled.
    public static func * (scale: Float, tensor: Tensor) -> Tensor { tensor.map { scale * $0 } }
    /// Every element divided.
    public static func / (tensor: Tensor, divisor: Float) -> Tensor { tensor.map { $0 / divisor } }

    /// Every element brought into `range`.
    public func clamped(to range: ClosedRange<Float>) -> Tensor {
        map { min(max($0, range.lowerBound), range.upperBound) }
    }

    /// Whether no element is NaN or infinite.
    public var isFinite: Bool { withUnsafeScalars { $0.allSatisfy(\.isFinite) } }

    /// Rows `range` of the first axis, copied.
    public func slice(_ range: Range<Int>) -> Tensor {
        ensure(shape.rank > 0 && range.lowerBound >= 0 && range.upperBound <= shape[0], "slice \(range) of \(shape)")
        let stride = shape[0] == 0 ? 0 : shape.elementCount / shape[0]
        return withUnsafeScalars { source in
            Tensor(
                shape: Shape([range.count] + shape.dimensions.dropFirst()),
                scalars: source[range.lowerBound * stride..<range.upperBound * stride])
        }
    }

    /// Joins tensors along the first axis.
    public static func concatenated(_ tensors: [Tensor]) -> Tensor {
        ensure(!tensors.isEmpty, "concatenation of nothing")
        let rowShape = Array(tensors[0].shape.dimensions.dropFirst())
        ensure(
            tensors.allSatisfy { Array($0.shape.dimensions.dropFirst()) == rowShape },
            "concatenation of \(tensors.map(\.shape))")
        let shape = Shape([tensors.reduce(0) { $0 + $1.shape[0] }] + rowShape)
        return Tensor(shape: shape) { target in
            var rest = target[...]
            for tensor in tensors {
                tensor.withUnsafeScalars { source in
                    _ = UnsafeMutableBufferPointer(rebasing: rest).initialize(from: source)
                    rest = rest.dropFirst(source.count)
                }
            }
        }
    }
}
