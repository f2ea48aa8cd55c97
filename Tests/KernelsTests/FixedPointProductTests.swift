import CDiffusionKernels
import Testing

/// The sizes of a product under test.
struct ProductSizes: Sendable, CustomTestStringConvertible {
    let rows: Int
    let channels: Int
    let outputs: Int
    let blockLength: Int

    var testDescription: String { "\(rows) x \(channels) x \(outputs), blocks of \(blockLength)" }

    static let awkward = [
        ProductSizes(rows: 1, channels: 1, outputs: 1, blockLength: 64),
        ProductSizes(rows: 2, channels: 2, outputs: 15, blockLength: 128),
        ProductSizes(rows: 5, channels: 31, outputs: 16, blockLength: 64),
        ProductSizes(rows: 6, channels: 128, outputs: 17, blockLength: 128),
        ProductSizes(rows: 7, channels: 129, outputs: 33, blockLength: 128),
        ProductSizes(rows: 12, channels: 65, outputs: 48, blockLength: 64),
        ProductSizes(rows: 13, channels: 320, outputs: 64, blockLength: 192),
        ProductSizes(rows: 3, channels: 2560, outputs: 65, blockLength: 192),
        ProductSizes(rows: 4, channels: 333, outputs: 130, blockLength: 320),
        // Some tiles of rows, exactly and with a few left over.
        ProductSizes(rows: 16, channels: 64, outputs: 32, blockLength: 64),
        ProductSizes(rows: 64, channels: 200, outputs: 80, blockLength: 64),
        ProductSizes(rows: 113, channels: 130, outputs: 70, blockLength: 128),
    ]
}

@Suite("Fixed-point product") struct FixedPointProductTests {
    @Test(
        "the result is that of sums in 64 bits, byte for byte", arguments: KernelPath.availableForFixedPoint,
        ProductSizes.awkward)
    func equalsReference(path: KernelPath, sizes: ProductSizes) throws {
        let operands = Operands(
            sizes, awkwardValues(sizes.rows * sizes.channels, seed: 50),
            awkwardValues(sizes.outputs * sizes.channels, seed: 51, scale: 0.1))
        for bias in [nil, awkwardValues(sizes.outputs, seed: 52)] {
            try expectReference(operands, bias, path)
        }
    }

    @Test(
        "an addend is added, also in place, byte for byte", arguments: KernelPath.availableForFixedPoint,
        ProductSizes.awkward)
    func addendIsAdded(path: KernelPath, sizes: ProductSizes) throws {
        let operands = Operands(
            sizes, awkwardValues(sizes.rows * sizes.channels, seed: 55),
            awkwardValues(sizes.outputs * sizes.channels, seed: 56, scale: 0.1))
        let table = try path.fixedTable(), bias = awkwardValues(sizes.outputs, seed: 57)
        let addend = awkwardValues((sizes.rows - 1) * (sizes.outputs + 3) + sizes.outputs, seed: 58)
        let plain = fixedProduct(table, operands.rows, operands.weights, bias: bias)
        for inPlace in [false, true] {
            let found = fixedProduct(
                table, operands.rows, operands.weights, bias: bias, addend: addend, inPlace: inPlace)
            for index in found.indices where index % (sizes.outputs + 3) < sizes.outputs {
                #expect(found[index].bitPattern == (plain[index] + addend[index]).bitPattern)
            }
        }
    }

    /// What im2col does: a product over all channels in two halves, the second added to the first.
    @Test(
        "a range of channels is a product of its own", arguments: KernelPath.availableForFixedPoint,
        [ProductSizes(rows: 7, channels: 333, outputs: 130, blockLength: 64)])
    func channelRangesAdd(path: KernelPath, sizes: ProductSizes) throws {
        let x = awkwardValues(sizes.rows * sizes.channels, seed: 59)
        let w = awkwardValues(sizes.outputs * sizes.channels, seed: 60, scale: 0.1)
        let table = try path.fixedTable(), packing = FixedPacking(table), split = 2 * sizes.blockLength
        let operands = Operands(sizes, x, w)
        var found: [Float]?
        for range in [0..<split, split..<sizes.channels] {
            let part = (0..<sizes.rows).flatMap { row in range.map { x[row * sizes.channels + $0] } }
            let rows = QuantisedRows(packing, part, rowCount: sizes.rows, channels: range.count)
            found = fixedProduct(
                table, rows, operands.weights, bias: nil, addend: found, firstChannel: range.lowerBound,
                channelCount: range.count, inPlace: found != nil)
        }
        let result = try #require(found)
        for row in 0..<sizes.rows {
            for output in 0..<sizes.outputs {
                // The halves' row scales are at most the whole row's.
                let (exact, bound) = operands.exactAndBound(x, w, row, output)
                #expect(abs(Double(result[row * (sizes.outputs + 3) + output]) - exact) <= bound)
            }
        }
    }

    /// What Winograd's products do where their weights are made block by block.
    @Test(
        "sums grow block by block to the same bytes, without the rows' scales until the end",
        arguments: KernelPath.availableForFixedPoint,
        ProductSizes.awkward)
    func blocksAdd(path: KernelPath, sizes: ProductSizes) throws {
        let operands = Operands(
            sizes, awkwardValues(sizes.rows * sizes.channels, seed: 61),
            awkwardValues(sizes.outputs * sizes.channels, seed: 62, scale: 0.1))
        let table = try path.fixedTable(), (rows, weights) = (operands.rows, operands.weights)
        var found: [Float]?
        for first in stride(from: 0, to: sizes.channels, by: sizes.blockLength) {
            let count = min(sizes.blockLength, sizes.channels - first)
            found = fixedProduct(
                table, rows.channels(from: first), weights, bias: nil, addend: found, firstChannel: first,
                channelCount: count, inPlace: found != nil, isScaled: false)
        }
        let result = try #require(found), whole = fixedProduct(table, rows, weights, bias: nil)
        for index in whole.indices where index % (sizes.outputs + 3) < sizes.outputs {
            let scaled = result[index] * rows.scales[index / (sizes.outputs + 3)]
            #expect(scaled.bitPattern == whole[index].bitPattern)
        }
    }

    @Test(
        "the largest magnitudes of one sign do not overflow", arguments: KernelPath.availableForFixedPoint,
        [1, 2, 31, 128, 129, 2560])
    func maximaDoNotOverflow(path: KernelPath, channels: Int) throws {
        for (row, weight) in [(Float(3), Float(2)), (-3, 2), (3, -2), (-3, -2)] {
            for blockLength in [64, 128, 320, 4096] {
                let sizes = ProductSizes(rows: 7, channels: channels, outputs: 17, blockLength: blockLength)
                let operands = Operands(
                    sizes, Array(repeating: row, count: 7 * channels), Array(repeating: weight, count: 17 * channels))
                try expectReference(operands, nil, path)
                let found = fixedProduct(try path.fixedTable(), operands.rows, operands.weights, bias: nil)
                let exact = row * weight * Float(channels)
                // A weight of b = |w| / n integers is exact to half a step in n.
                #expect(abs(found[0] - exact) <= abs(exact) * 0.002)
            }
        }
    }

    @Test(
        "the error stays within the roundings of rows and weights", arguments: KernelPath.availableForFixedPoint,
        ProductSizes.awkward)
    func errorIsBounded(path: KernelPath, sizes: ProductSizes) throws {
        var rows = awkwardValues(sizes.rows * sizes.channels, seed: 53)
        rows[0] *= 1e6
        let weights = awkwardValues(sizes.outputs * sizes.channels, seed: 54, scale: 0.1)
        let operands = Operands(sizes, rows, weights)
        let found = fixedProduct(try path.fixedTable(), operands.rows, operands.weights, bias: nil)
        for row in 0..<sizes.rows {
            for output in 0..<sizes.outputs {
                let (exact, bound) = operands.exactAndBound(rows, weights, row, output)
                #expect(abs(Double(found[row * (sizes.outputs + 3) + output]) - exact) <= bound)
            }
        }
    }

    private func expectReference(_ operands: Operands, _ bias: [Float]?, _ path: KernelPath) throws {
        let expected = fixedProduct(dk_fixed_reference_table(), operands.rows, operands.weights, bias: bias)
        for areWeightsFar in [false, true] {
            let found = fixedProduct(
                try path.fixedTable(), operands.rows, operands.weights, bias: bias, areWeightsFar: areWeightsFar)
            #expect(found.map(\.bitPattern) == expected.map(\.bitPattern), "far: \(areWeightsFar)")
        }
    }
}

/// Quantised rows and weights, made by the plain twins: what the paths make of floats has its own tests.
private struct Operands {
    let sizes: ProductSizes
    let rows: QuantisedRows
    let weights: PackedWeights

    init(_ sizes: ProductSizes, _ rows: [Float], _ weights: [Float]) {
        let reference = FixedPacking(dk_fixed_reference_table())
        self.sizes = sizes
        self.rows = QuantisedRows(reference, rows, rowCount: sizes.rows, channels: sizes.channels, gap: 2)
        self.weights = PackedWeights(
            reference, weights, outputs: sizes.outputs, channels: sizes.channels, blockLength: sizes.blockLength)
    }

    /// The product in double, and half a step of every factor plus the roundings of the floats at the end.
    func exactAndBound(_ x: [Float], _ w: [Float], _ row: Int, _ output: Int) -> (exact: Double, bound: Double) {
        let a = Double(rows.scales[row])
        var exact = 0.0, bound = 0.0, magnitude = 0.0
        for channel in 0..<sizes.channels {
            let x = Double(x[row * sizes.channels + channel]), w = Double(w[output * sizes.channels + channel])
            let b = weights.scale(output: output, channel: channel)
            exact += x * w
            magnitude += abs(x * w)
            bound += halfStep * (abs(x) * b + abs(w) * a + a * b)
        }
        let blocks = Double(dk_fixed_block_count(sizes.channels, sizes.blockLength))
        return (exact, bound + (blocks + 4) * eps * (magnitude + bound))
    }
}
