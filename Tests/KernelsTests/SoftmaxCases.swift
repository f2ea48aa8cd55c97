import CDiffusionKernels

/// A tile of scores with the state that the tiles before it left.
private struct Tile: Sendable {
    let shape: RowShape
    let scores: [Float]
    let runningMax: [Float]
    let runningSum: [Float]
    let scale: Float

    init(_ shape: RowShape, scale: Float, isFirst: Bool, _ scores: [Float]) {
        self.shape = shape
        self.scale = scale
        self.scores = scores
        let earlier = awkwardValues(shape.rowCount, seed: 18, scale: 3)
        runningMax = isFirst ? Array(repeating: -.infinity, count: shape.rowCount) : earlier
        runningSum = isFirst ? Array(repeating: 0, count: shape.rowCount) : earlier.map { abs($0) + 1 }
    }

    func run(_ kernels: Kernels, _ arena: Arena) -> [Double] {
        let tile = arena.hold(scores), largest = arena.hold(runningMax), sum = arena.hold(runningSum)
        let correction = arena.hold(repeating: Float(7), count: shape.rowCount)
        kernels.pointee.softmax_tile(
            tile.pointer, shape.rowCount, shape.count, shape.stride, scale, largest.pointer, sum.pointer,
            correction.pointer)
        return collect(tile, largest, sum, correction)
    }

    /// The relative error of one exponential: the exponent's two roundings and two units in the last place.
    private func relativeError(_ exponent: Double, _ product: Double) -> Double {
        (8 + 2 * abs(product) + 2 * abs(exponent)) * eps
    }

    private func scoreTolerance(_ index: Int, _ y: Double) -> Double {
        guard y > 0, index % shape.stride < shape.count else {
            return index % shape.stride < shape.count ? 0x1p-126 : 0
        }
        return y * relativeError(max(-200, min(0, logOf(y))), Double(scores[index] * scale)) + 0x1p-126
    }

    private func logOf(_ y: Double) -> Double { y >= 1 ? 0 : -Double(y.exponent.magnitude) }

    /// Offsets in the result: scores, maxima, sums, corrections.
    func tolerance(_ index: Int, _ y: Double) -> Double {
        let rows = shape.rowCount, first = shape.elementCount
        if index < first { return scoreTolerance(index, y) }
        if index < first + rows { return 0 }
        let largest = scores.filter(\.isFinite).map { Double(abs($0 * scale)) }.max() ?? 0
        let terms = 16 + Double(shape.count) / 16 + 4 * largest + 40
        return terms * eps * abs(y) + Double(shape.count + 1) * 0x1p-126
    }
}

private func tileCase(_ shape: RowShape, scale: Float, isFirst: Bool, _ kind: String, _ scores: [Float]) -> KernelCase {
    let tile = Tile(shape, scale: scale, isFirst: isFirst, scores)
    let name = "softmax_tile(\(shape), scale \(scale), \(isFirst ? "first" : "later"), \(kind))"
    return KernelCase(name: name, run: tile.run, tolerance: tile.tolerance)
}

/// Every third column and the whole of every fourth row masked.
private func masked(_ scores: [Float], _ shape: RowShape) -> [Float] {
    scores.enumerated().map { index, score in
        let row = index / shape.stride, column = index % shape.stride
        return row % 4 == 0 || column % 3 == 1 ? -.infinity : score
    }
}

let softmaxCases = RowShape.awkward.flatMap { shape in
    [true, false].flatMap { isFirst in
        let scores = awkwardValues(shape.elementCount, seed: 17)
        return [
            tileCase(shape, scale: 0.125, isFirst: isFirst, "ordinary", scores),
            tileCase(shape, scale: 3, isFirst: isFirst, "wide", scores),
            tileCase(shape, scale: 0.5, isFirst: isFirst, "masked", masked(scores, shape)),
            tileCase(
                shape, scale: 0.5, isFirst: isFirst, "hostile", awkwardValues(shape.elementCount, seed: 19, .hostile)),
        ]
    }
}
