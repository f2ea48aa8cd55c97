import CDiffusionKernels

/// The shape of a matrix whose rows may lie apart.
struct RowShape: Sendable {
    let rowCount: Int
    let count: Int
    let stride: Int

    var elementCount: Int { rowCount == 0 ? 0 : (rowCount - 1) * stride + count }

    static let awkward = awkwardCounts.flatMap { count in
        [0, 1, 3, 17].flatMap { rows in
            [0, 1, 7].map { RowShape(rowCount: rows, count: count, stride: count + $0) }
        }
    }
}

private func rowBiasCase(_ shape: RowShape) -> KernelCase {
    let rows = awkwardValues(shape.elementCount, seed: 4, .hostile)
    let bias = awkwardValues(shape.count, seed: 5, .hostile)
    return .exact("add_row_bias(\(shape))") { kernels, arena in
        let target = arena.hold(rows)
        let bias = arena.hold(bias)
        kernels.pointee.add_row_bias(target.pointer, shape.rowCount, shape.stride, bias.pointer, shape.count)
        return collect(target)
    }
}

private func rowFactorCase(_ shape: RowShape) -> KernelCase {
    let rows = awkwardValues(shape.elementCount, seed: 6, .hostile)
    let factors = awkwardValues(shape.rowCount, seed: 7, .finite)
    return .exact("scale_rows(\(shape))") { kernels, arena in
        let target = arena.hold(rows)
        let factors = arena.hold(factors)
        kernels.pointee.scale_rows(target.pointer, shape.rowCount, shape.stride, shape.count, factors.pointer)
        return collect(target)
    }
}

let rowCases = RowShape.awkward.flatMap { [rowBiasCase($0), rowFactorCase($0)] }

/// Which of the affine map's two arrays are there.
enum Affine: CaseIterable, Sendable { case none, gamma, beta, both }

/// The largest magnitude of a row in units of its deviation: what the subtraction of the mean may lose.
private func spread(_ row: ArraySlice<Float>, epsilon: Double) -> Double {
    let values = row.map(Double.init), mean = values.reduce(0, +) / Double(values.count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    return (values.map(abs).max() ?? 0) / (variance + epsilon).squareRoot()
}

private func layerNormCase(_ rowCount: Int, _ count: Int, _ affine: Affine, _ offset: Float, _ kind: Awkwardness)
    -> KernelCase
{
    // Beyond 1e18 the squares overflow: not promised.
    let input = awkwardValues(rowCount * count, seed: 8, kind).map { $0.isFinite && abs($0) > 1e18 ? 1 : $0 + offset }
    let gamma = awkwardValues(count, seed: 9, scale: 1), beta = awkwardValues(count, seed: 10, scale: 1)
    let hasGamma = affine == .gamma || affine == .both, hasBeta = affine == .beta || affine == .both
    let spreads = (0..<rowCount).map { spread(input[$0 * count..<($0 + 1) * count], epsilon: 1e-5) }
    return KernelCase(name: "layer_norm(\(rowCount) x \(count), \(affine), offset \(offset), \(kind))") {
        kernels, arena in
        let source = arena.hold(input), target = arena.hold(repeating: Float(7), count: rowCount * count)
        let gamma = arena.hold(gamma), beta = arena.hold(beta)
        kernels.pointee.layer_norm(
            target.pointer, source.pointer, rowCount, count, hasGamma ? gamma.pointer : nil,
            hasBeta ? beta.pointer : nil, 1e-5)
        return collect(target)
    } tolerance: { index, y in
        let g = hasGamma ? Double(abs(gamma[index % count])) : 1, b = hasBeta ? Double(abs(beta[index % count])) : 0
        let slack = spreads[index / count]
        return (12 + Double(count) / 32) * eps * (abs(y) + b + g * slack)
    }
}

let layerNormCases = awkwardCounts.flatMap { count in
    Affine.allCases.flatMap { affine in
        [0, 100].flatMap { offset in
            [Awkwardness.none, .hostile].flatMap { kind in
                [0, 1, 3].map { layerNormCase($0, count, affine, offset, kind) }
            }
        }
    }
}
