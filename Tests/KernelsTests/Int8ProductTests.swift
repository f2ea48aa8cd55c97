import CDiffusionKernels
import Testing

extension ProductSizes {
    /// With blocks of whole quads.
    static let awkwardQuads = [
        ProductSizes(rows: 1, channels: 1, outputs: 1, blockLength: 4),
        ProductSizes(rows: 2, channels: 2, outputs: 15, blockLength: 4),
        ProductSizes(rows: 4, channels: 3, outputs: 16, blockLength: 4),
        ProductSizes(rows: 5, channels: 31, outputs: 16, blockLength: 32),
        ProductSizes(rows: 6, channels: 128, outputs: 17, blockLength: 128),
        ProductSizes(rows: 7, channels: 129, outputs: 33, blockLength: 128),
        ProductSizes(rows: 12, channels: 65, outputs: 48, blockLength: 8),
        ProductSizes(rows: 13, channels: 320, outputs: 64, blockLength: 160),
        ProductSizes(rows: 3, channels: 2560, outputs: 65, blockLength: 320),
        ProductSizes(rows: 4, channels: 333, outputs: 130, blockLength: 320),
        // Some tiles of rows, exactly and with a few left over.
        ProductSizes(rows: 16, channels: 64, outputs: 32, blockLength: 64),
        ProductSizes(rows: 64, channels: 200, outputs: 80, blockLength: 72),
        ProductSizes(rows: 113, channels: 330, outputs: 70, blockLength: 160),
    ]
}

@Suite("8-bit product") struct Int8ProductTests {
    @Test(
        "the result is that of sums in 64 bits, byte for byte", arguments: KernelPath.availableForFixedPoint,
        ProductSizes.awkwardQuads)
    func equalsReference(path: KernelPath, sizes: ProductSizes) throws {
        let operands = Operands(
            sizes, awkwardValues(sizes.rows * sizes.channels, seed: 150),
            awkwardValues(sizes.outputs * sizes.channels, seed: 151, scale: 0.1))
        for bias in [nil, awkwardValues(sizes.outputs, seed: 152)] {
            try expectReference(operands, bias, path)
        }
    }

    @Test(
        "an addend is added, also in place, byte for byte", arguments: KernelPath.availableForFixedPoint,
        ProductSizes.awkwardQuads)
    func addendIsAdded(path: KernelPath, sizes: ProductSizes) throws {
        let operands = Operands(
            sizes, awkwardValues(sizes.rows * sizes.channels, seed: 155),
            awkwardValues(sizes.outputs * sizes.channels, seed: 156, scale: 0.1))
        let table = try path.int8Table(), bias = awkwardValues(sizes.outputs, seed: 157)
        let addend = awkwardValues((sizes.rows - 1) * (sizes.outputs + 3) + sizes.outputs, seed: 158)
        let plain = int8Product(table, operands.rows, operands.weights, bias: bias)
        for inPlace in [false, true] {
            let found = int8Product(
                table, operands.rows, operands.weights, bias: bias, addend: addend, inPlace: inPlace)
            for index in found.indices where index % (sizes.outputs + 3) < sizes.outputs {
                #expect(found[index].bitPattern == (plain[index] + addend[index]).bitPattern)
            }
        }
    }

    /// What im2col does with groups: a product over all channels in two parts, the second added to the first. Blocks have
    /// scales of their own, so the parts' integers and scales are those of the whole.
    @Test("a range of channels is a product of its own", arguments: KernelPath.availableForFixedPoint)
    func channelRangesAdd(path: KernelPath) throws {
        let sizes = ProductSizes(rows: 7, channels: 333, outputs: 130, blockLength: 64)
        let x = awkwardValues(sizes.rows * sizes.channels, seed: 159)
        let w = awkwardValues(sizes.outputs * sizes.channels, seed: 160, scale: 0.1)
        let table = try path.int8Table(), split = 2 * sizes.blockLength
        let operands = Operands(sizes, x, w)
        var found: [Float]?
        for range in [0..<split, split..<sizes.channels] {
            let part = (0..<sizes.rows).flatMap { row in range.map { x[row * sizes.channels + $0] } }
            let rows = RowsOfBytes(
                table, part, rowCount: sizes.rows, channels: range.count, blockLength: sizes.blockLength)
            found = int8Product(
                table, rows, operands.weights, bias: nil, addend: found, firstChannel: range.lowerBound,
                inPlace: found != nil)
        }
        try expectBounds(#require(found), operands, x, w)
    }

    @Test(
        "the largest magnitudes of one sign do not overflow or saturate",
        arguments: KernelPath.availableForFixedPoint, [1, 2, 3, 31, 128, 129, 2560])
    func maximaAreExact(path: KernelPath, channels: Int) throws {
        for (row, weight) in [(Float(3), Float(2)), (-3, 2), (3, -2), (-3, -2)] {
            for blockLength in [4, 160, 4096] {
                let sizes = ProductSizes(rows: 7, channels: channels, outputs: 17, blockLength: blockLength)
                let operands = Operands(
                    sizes, Array(repeating: row, count: 7 * channels), Array(repeating: weight, count: 17 * channels))
                try expectReference(operands, nil, path)
                let found = int8Product(try path.int8Table(), operands.rows, operands.weights, bias: nil)
                // Every integer is ±127, and that times its scale the number: just the floats at the end round.
                let exact = row * weight * Float(channels)
                #expect(abs(found[0] - exact) <= abs(exact) * Float(eps) * Float(channels / blockLength + 6))
            }
        }
    }

    /// 255 · 127 · 65536 is the largest sum before the offset takes what is too much of it.
    @Test("the longest block does not overflow", arguments: KernelPath.availableForFixedPoint)
    func longestBlockIsExact(path: KernelPath) throws {
        let sizes = ProductSizes(rows: 1, channels: 65536, outputs: 2, blockLength: 65536)
        for weight in [Float(1), -1] {
            let operands = Operands(
                sizes, Array(repeating: 1, count: 65536), Array(repeating: weight, count: 2 * 65536))
            try expectReference(operands, nil, path)
            let found = int8Product(try path.int8Table(), operands.rows, operands.weights, bias: nil)
            #expect(abs(found[1] - 65536 * weight) <= 65536 * 8 * Float(eps))
        }
    }

    @Test(
        "the error stays within the roundings of rows and weights", arguments: KernelPath.availableForFixedPoint,
        ProductSizes.awkwardQuads)
    func errorIsBounded(path: KernelPath, sizes: ProductSizes) throws {
        var x = awkwardValues(sizes.rows * sizes.channels, seed: 153)
        x[0] *= 1e6
        let w = awkwardValues(sizes.outputs * sizes.channels, seed: 154, scale: 0.1)
        let operands = Operands(sizes, x, w)
        try expectBounds(
            int8Product(path.int8Table(), operands.rows, operands.weights, bias: nil), operands, x, w)
    }

    private func expectBounds(_ found: [Float], _ operands: Operands, _ x: [Float], _ w: [Float]) throws {
        for row in 0..<operands.sizes.rows {
            for output in 0..<operands.sizes.outputs {
                let (exact, bound) = operands.exactAndBound(x, w, row, output)
                #expect(abs(Double(found[row * (operands.sizes.outputs + 3) + output]) - exact) <= bound)
            }
        }
    }

    private func expectReference(_ operands: Operands, _ bias: [Float]?, _ path: KernelPath) throws {
        let expected = int8Product(dk_int8_reference_table(), operands.rows, operands.weights, bias: bias)
        for areWeightsFar in [false, true] {
            let found = int8Product(
                try path.int8Table(), operands.rows, operands.weights, bias: bias, areWeightsFar: areWeightsFar)
            #expect(found.map(\.bitPattern) == expected.map(\.bitPattern), "far: \(areWeightsFar)")
        }
    }
}

/// Quantised rows and weights, made by the plain twins: what the paths make of floats has its own tests.
private struct Operands {
    let sizes: ProductSizes
    let rows: RowsOfBytes
    let weights: PackedBytes

    init(_ sizes: ProductSizes, _ rows: [Float], _ weights: [Float]) {
        let twin = dk_int8_reference_table()
        self.sizes = sizes
        self.rows = RowsOfBytes(
            twin, rows, rowCount: sizes.rows, channels: sizes.channels, blockLength: sizes.blockLength, gap: 4)
        self.weights = PackedBytes(
            twin, weights, outputs: sizes.outputs, channels: sizes.channels, blockLength: sizes.blockLength)
    }

    /// The product in double, and half a step of every factor plus the roundings of the floats at the end.
    func exactAndBound(_ x: [Float], _ w: [Float], _ row: Int, _ output: Int) -> (exact: Double, bound: Double) {
        var exact = 0.0, bound = 0.0, magnitude = 0.0
        for channel in 0..<sizes.channels {
            let x = Double(x[row * sizes.channels + channel]), w = Double(w[output * sizes.channels + channel])
            let a = Double(rows.scale(row: row, channel: channel))
            let b = weights.scale(output: output, channel: channel)
            exact += x * w
            magnitude += abs(x * w)
            bound += halfStep * (abs(x) * b + abs(w) * a + a * b)
        }
        let blocks = Double(dk_fixed_block_count(sizes.channels, sizes.blockLength))
        return (exact, bound + (blocks + 6) * eps * (magnitude + bound))
    }
}
