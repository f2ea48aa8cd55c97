import CDiffusionKernels
import Testing

@Suite("8-bit quantisation") struct Int8QuantisationTests {
    private static let blockLengths = [4, 32, 160]

    @Test(
        "weights round to nearest within ±127, and their offsets are those of their sums",
        arguments: KernelPath.availableForFixedPoint, [1, 2, 3, 31, 32, 33, 128, 129, 700])
    func weightsKeepTheirBounds(path: KernelPath, channels: Int) throws {
        for (outputs, blockLength) in [(1, 4), (17, 32), (64, 128), (130, 160)] {
            let weights = awkwardValues(outputs * channels, seed: 140, scale: 0.05, .finite)
            let packed = PackedBytes(
                try path.int8Table(), weights, outputs: outputs, channels: channels, blockLength: blockLength)
            for output in 0..<outputs {
                for first in stride(from: 0, to: channels, by: blockLength) {
                    expectBounds(packed, weights, output, first..<min(first + blockLength, channels))
                }
            }
        }
    }

    private func expectBounds(_ packed: PackedBytes, _ weights: [Float], _ output: Int, _ block: Range<Int>) {
        let channels = packed.shape.channel_count, place = packed.place(output: output, channel: block.lowerBound)
        let values = block.map { weights[output * channels + $0] }
        let integers = block.map { packed.integer(output: output, channel: $0) }
        expectNearest(integers, packed.scales[place], values)
        #expect(Int(packed.offsets[place]) == -128 * integers.reduce(0, +))
    }

    /// The scale is that of the largest magnitude, and every integer the nearest.
    private func expectNearest(_ integers: [Int], _ scale: Float, _ values: [Float]) {
        let largest = values.map(abs).max() ?? 0
        #expect(scale == (largest < 0x1p-100 ? 0 : largest / Float(int8Limit)))
        #expect(integers.allSatisfy { abs($0) <= int8Limit })
        for (integer, value) in zip(integers, values) {
            #expect(abs(Double(integer) * Double(scale) - Double(value)) <= halfStep * Double(scale) + 0x1p-100)
        }
    }

    @Test("columns that pad a panel and channels that pad a quad are zero")
    func paddingIsZero() throws {
        let weights = awkwardValues(33 * 5, seed: 141)
        for path in KernelPath.availableForFixedPoint {
            let packed = PackedBytes(try path.int8Table(), weights, outputs: 33, channels: 5, blockLength: 4)
            #expect((33..<48).allSatisfy { k in (0..<8).allSatisfy { packed.integer(output: k, channel: $0) == 0 } })
            #expect((0..<48).allSatisfy { k in (5..<8).allSatisfy { packed.integer(output: k, channel: $0) == 0 } })
            #expect(packed.scales.count == 2 * 48 && packed.scales.allSatisfy(\.isFinite))
            #expect((33..<48).allSatisfy { packed.scales[$0] == 0 && packed.offsets[$0] == 0 })
        }
    }

    @Test(
        "rows round to nearest within ±127 in every block", arguments: KernelPath.availableForFixedPoint, awkwardCounts)
    func rowsKeepTheirBounds(path: KernelPath, channels: Int) throws {
        var rows = awkwardValues(5 * channels, seed: 142, .finite)
        if channels > 0 { rows[2 * channels] = 4e6 }
        for blockLength in Self.blockLengths {
            let found = RowsOfBytes(
                try path.int8Table(), rows, rowCount: 5, channels: channels, blockLength: blockLength, gap: 12)
            #expect(found.finiteCount == 5)
            for row in 0..<5 {
                for first in stride(from: 0, to: channels, by: blockLength) {
                    let block = first..<min(first + blockLength, channels)
                    expectNearest(
                        block.map { found.integer(row: row, channel: $0) }, found.scale(row: row, channel: first),
                        block.map { rows[row * channels + $0] })
                }
                let padding = channels..<dk_int8_padded_channels(channels)
                #expect(padding.allSatisfy { found.integer(row: row, channel: $0) == 0 })
            }
        }
    }

    @Test("a row of zeros or of subnormals gives zeros and no NaN", arguments: KernelPath.availableForFixedPoint)
    func zerosStayZeros(path: KernelPath) throws {
        let rows = [Float](repeating: 0, count: 40) + [Float](repeating: -Float.leastNormalMagnitude / 4, count: 40)
        let found = RowsOfBytes(try path.int8Table(), rows, rowCount: 2, channels: 40, blockLength: 32)
        for row in 0..<2 {
            #expect((0..<40).allSatisfy { found.integer(row: row, channel: $0) == 0 })
            #expect(found.scale(row: row, channel: 0) == 0 && found.scale(row: row, channel: 32) == 0)
        }
    }

    @Test(
        "what is not finite is found, and no row after it is written", arguments: KernelPath.availableForFixedPoint,
        [Float.nan, .infinity, -.infinity])
    func nonFiniteIsFound(path: KernelPath, value: Float) throws {
        for channels in [1, 16, 17, 40, 100] {
            var rows = awkwardValues(4 * channels, seed: 143)
            rows[2 * channels + channels - 1] = value
            let found = RowsOfBytes(try path.int8Table(), rows, rowCount: 4, channels: channels, blockLength: 32)
            #expect(found.finiteCount == 2)
            #expect(found.bytes.dropFirst(3 * found.stride).allSatisfy { $0 == 7 })
            let shape = dk_fixed_shape(
                channel_count: channels, output_count: 4, block_length: 32, scale_stride: 16,
                packed_channel_count: channels, first_channel: 0, weights_are_far: false)
            var packed = [Int8](repeating: 0, count: 16 * dk_int8_padded_channels(channels))
            let blocks = Int(dk_fixed_block_count(channels, 32))
            var (scales, offsets) = (
                [Float](repeating: 0, count: 16 * blocks), [Int32](repeating: 0, count: 16 * blocks)
            )
            let table = try path.int8Table()
            #expect(table.pointee.pack_panel(&packed, &scales, &offsets, rows, channels, shape) == 2)
        }
    }

    @Test("every path gives the integers, scales and offsets of the plain twin", arguments: awkwardCounts)
    func pathsAgree(channels: Int) throws {
        let values = awkwardValues(70 * channels, seed: 144, .finite), twin = dk_int8_reference_table()
        for path in KernelPath.availableForFixedPoint {
            let table = try path.int8Table()
            for blockLength in Self.blockLengths {
                #expect(
                    RowsOfBytes(table, values, rowCount: 70, channels: channels, blockLength: blockLength)
                        == RowsOfBytes(twin, values, rowCount: 70, channels: channels, blockLength: blockLength))
                #expect(
                    PackedBytes(table, values, outputs: 70, channels: channels, blockLength: blockLength)
                        == PackedBytes(twin, values, outputs: 70, channels: channels, blockLength: blockLength))
            }
        }
    }
}
