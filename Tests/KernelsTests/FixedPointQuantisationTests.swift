import CDiffusionKernels
import Testing

private let rowLimit = Int(dk_fixed_row_limit)

private func largestError(_ integers: [Int], _ scale: Double, _ values: [Double]) -> Double {
    var worst = 0.0
    for (integer, value) in zip(integers, values) { worst = max(worst, abs(Double(integer) * scale - value)) }
    return worst
}

@Suite("Fixed-point quantisation") struct FixedPointQuantisationTests {
    @Test(
        "weights round to nearest, cannot overflow and waste no bits",
        arguments: KernelPath.availableForFixedPoint, [1, 2, 31, 32, 33, 128, 129, 700])
    func weightsKeepTheirBounds(path: KernelPath, channels: Int) throws {
        for (outputs, blockLength) in [(1, 64), (17, 128), (64, 192), (130, 320)] {
            let weights = awkwardValues(outputs * channels, seed: 40, scale: 0.05, .finite)
            let packed = try PackedWeights(
                FixedPacking(path.fixedTable()), weights, outputs: outputs, channels: channels, blockLength: blockLength
            )
            for output in 0..<outputs {
                for first in stride(from: 0, to: channels, by: blockLength) {
                    let block = first..<min(first + blockLength, channels)
                    expectBounds(packed, weights, output, block)
                }
            }
        }
    }

    private func expectBounds(_ packed: PackedWeights, _ weights: [Float], _ output: Int, _ block: Range<Int>) {
        let integers = block.map { packed.integer(output: output, channel: $0) }
        let values = block.map { Double(weights[output * packed.shape.channel_count + $0]) }
        let scale = packed.scale(output: output, channel: block.lowerBound)
        let integerSum = integers.reduce(0) { $0 + abs($1) }
        #expect(integerSum * rowLimit < 1 << 31 && integers.allSatisfy { abs($0) <= 32767 })
        #expect(largestError(integers, scale, values) <= halfStep * scale + 0x1p-100)
        let sum = values.reduce(0) { $0 + abs($1) }, largest = values.map(abs).max() ?? 0
        let room = Double(Int32.max) / Double(rowLimit) - Double(block.count) / 2 - 1
        #expect(scale <= 1.001 * max(sum / room, largest / 32767))
    }

    @Test("columns that pad a panel and channels that pad a group are zero")
    func paddingIsZero() throws {
        let weights = awkwardValues(33 * 5, seed: 41)
        for path in KernelPath.availableForFixedPoint {
            let packed = try PackedWeights(
                FixedPacking(path.fixedTable()), weights, outputs: 33, channels: 5, blockLength: 64)
            #expect((33..<48).allSatisfy { k in (0..<64).allSatisfy { packed.integer(output: k, channel: $0) == 0 } })
            #expect((0..<48).allSatisfy { k in (5..<64).allSatisfy { packed.integer(output: k, channel: $0) == 0 } })
            #expect(packed.scales.count == 48 && packed.scales.allSatisfy(\.isFinite))
        }
    }

    @Test("rows round to nearest within ±8191", arguments: KernelPath.availableForFixedPoint, awkwardCounts)
    func rowsKeepTheirBounds(path: KernelPath, channels: Int) throws {
        var rows = awkwardValues(5 * channels, seed: 42, .finite)
        if channels > 0 { rows[2 * channels] = 4e6 }
        let found = try QuantisedRows(
            FixedPacking(path.fixedTable()), rows, rowCount: 5, channels: channels, gap: 3, scaleStride: 2)
        #expect(found.finiteCount == 5)
        for row in 0..<5 {
            let values = rows[row * channels..<(row + 1) * channels], scale = found.scales[row * 2]
            #expect(scale == (values.map(abs).max() ?? 0) / Float(rowLimit))
            let all = (0..<found.length).map { found.integers[row * found.stride + placeInPairs($0)] }
            let integers = all[..<channels]
            #expect(integers.allSatisfy { abs(Int($0)) <= rowLimit })
            let error = largestError(integers.map(Int.init), Double(scale), values.map(Double.init))
            #expect(error <= halfStep * Double(scale))
            #expect(all[channels...].allSatisfy { $0 == 0 })
        }
    }

    @Test("a row of zeros or of subnormals gives zeros and no NaN", arguments: KernelPath.availableForFixedPoint)
    func zerosStayZeros(path: KernelPath) throws {
        let rows = [Float](repeating: 0, count: 40) + [Float](repeating: -Float.leastNormalMagnitude / 4, count: 40)
        let found = try QuantisedRows(FixedPacking(path.fixedTable()), rows, rowCount: 2, channels: 40)
        #expect(found.integers.allSatisfy { $0 == 0 } && found.scales == [0, 0])
    }

    @Test(
        "what is not finite is found, and nothing after it is written",
        arguments: KernelPath.availableForFixedPoint, [Float.nan, .infinity, -.infinity])
    func nonFiniteIsFound(path: KernelPath, value: Float) throws {
        for channels in [1, 16, 17, 40, 100] {
            var rows = awkwardValues(4 * channels, seed: 43)
            rows[2 * channels + channels - 1] = value
            let found = try QuantisedRows(FixedPacking(path.fixedTable()), rows, rowCount: 4, channels: channels)
            #expect(found.finiteCount == 2)
            #expect(found.integers.dropFirst(2 * found.stride).allSatisfy { $0 == -1 } && found.scales[2] == -7)
            let shape = dk_fixed_shape(
                channel_count: channels, output_count: 4, block_length: 64, scale_stride: 16,
                packed_channel_count: channels, first_channel: 0, weights_are_far: false)
            var packed = [Int16](repeating: 0, count: 16 * dk_fixed_row_length(channels))
            var scales = [Float](repeating: 0, count: 16 * dk_fixed_block_count(channels, 64))
            #expect(try path.fixedTable().pointee.pack_panel(&packed, &scales, rows, channels, shape) == 2)
        }
    }

    @Test("every path gives the same integers and scales", arguments: awkwardCounts)
    func pathsAgree(channels: Int) throws {
        let values = awkwardValues(70 * channels, seed: 44, .finite)
        let portable = try FixedPacking(KernelPath.portable.fixedTable())
        for path in KernelPath.availableForFixedPoint {
            let table = try FixedPacking(path.fixedTable())
            #expect(
                QuantisedRows(table, values, rowCount: 70, channels: channels)
                    == QuantisedRows(portable, values, rowCount: 70, channels: channels))
            #expect(
                PackedWeights(table, values, outputs: 70, channels: channels, blockLength: 64)
                    == PackedWeights(portable, values, outputs: 70, channels: channels, blockLength: 64))
        }
    }
}
