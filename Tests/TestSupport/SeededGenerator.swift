import DiffusionTensors

/// SplitMix64 (Steele, Lea and Flood 2014): the same numbers for the same seed everywhere.
package struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Uniform in `range`, in steps of 2⁻²⁴ of its width.
    package mutating func float(in range: ClosedRange<Float> = -1...1) -> Float {
        let unit = Float(next() >> 40) / Float(1 << 24)
        return range.lowerBound + unit * (range.upperBound - range.lowerBound)
    }
}

extension Tensor {
    /// Uniform numbers that the seed determines.
    package static func random(_ shape: Shape, seed: UInt64, in range: ClosedRange<Float> = -1...1) -> Tensor {
        var generator = SeededGenerator(seed: seed)
        return Tensor(shape: shape, scalars: (0..<shape.elementCount).map { _ in generator.float(in: range) })
    }

    /// NCHW to NHWC.
    package var channelsLast: Tensor {
        swappingMiddle(shape[1], shape[2] * shape[3], [shape[0], shape[2], shape[3], shape[1]])
    }

    /// NHWC to NCHW.
    package var channelsFirst: Tensor {
        swappingMiddle(shape[1] * shape[2], shape[3], [shape[0], shape[3], shape[1], shape[2]])
    }

    /// Transposes each image as a matrix of `rows` by `columns`.
    private func swappingMiddle(_ rows: Int, _ columns: Int, _ newShape: Shape) -> Tensor {
        withUnsafeScalars { source in
            Tensor(shape: newShape) { target in
                for index in 0..<shape.elementCount {
                    let (image, place) = index.quotientAndRemainder(dividingBy: rows * columns)
                    let (row, column) = place.quotientAndRemainder(dividingBy: columns)
                    target[image * rows * columns + column * rows + row] = source[index]
                }
            }
        }
    }
}
