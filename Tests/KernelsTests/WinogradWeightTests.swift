import CDiffusionKernels
import Testing

private let positions = Int(dk_winograd_positions)

/// One panel, compressed and expanded on a path, with everything behind guard pages.
private struct WinogradPanel: Equatable {
    let channels: Int
    let blockLength: Int
    let width: Int
    let stride: Int
    let finiteCount: Int
    let compressed: [Int16]
    let weightScales: [Float]
    let expanded: [Int16]
    let scales: [Float]

    init(_ path: KernelPath, _ weights: [Float], outputs: Int, channels: Int, blockLength: Int) throws {
        let kernels = try #require(dk_winograd_weight_kernels_for(path.path))
        width = Int(dk_fixed_padded_outputs(outputs))
        let (length, blocks) = (dk_fixed_row_length(channels), dk_fixed_block_count(channels, blockLength))
        stride = length * width + 32
        (self.channels, self.blockLength) = (channels, blockLength)
        let arena = Arena(), source = arena.hold(weights)
        let compressed = arena.hold(repeating: Int16(-1), count: 9 * channels * width)
        let weightScales = arena.hold(repeating: Float.nan, count: width)
        finiteCount = kernels.pointee.compress_panel(
            compressed.pointer, weightScales.pointer, source.pointer, 9 * channels, outputs, channels)
        let factors = arena.hold(repeating: Float.nan, count: blocks * positions * width)
        let panel = dk_winograd_panel(
            weights: compressed.pointer, weight_scales: weightScales.pointer, factors: factors.pointer,
            channel_count: channels, output_count: width, block_length: blockLength)
        let expanded = arena.hold(repeating: Int16(-1), count: (positions - 1) * stride + length * width)
        let scales = arena.hold(repeating: Float.nan, count: positions * blocks * width)
        if finiteCount == outputs {
            kernels.pointee.find_factors(factors.pointer, panel)
            kernels.pointee.expand_panel(expanded.pointer, stride, scales.pointer, panel)
        }
        #expect(compressed.frontIsIntact && weightScales.frontIsIntact && factors.frontIsIntact)
        #expect(expanded.frontIsIntact && scales.frontIsIntact)
        var integers = expanded.elements
        if dk_fixed_kernels_for(path.path)?.pointee.layout == dk_layout_of_tiles {
            for position in 0..<positions {
                TileLayout(makesTiles: false).rearrangePanel(
                    &integers, from: position * stride, width: width, length: length)
            }
        }
        (self.compressed, self.expanded) = (compressed.elements, integers)
        (self.weightScales, self.scales) = (weightScales.elements, scales.elements)
    }

    static func == (a: WinogradPanel, b: WinogradPanel) -> Bool {
        a.compressed == b.compressed && a.expanded == b.expanded && a.finiteCount == b.finiteCount
            && a.scales.map(\.bitPattern) == b.scales.map(\.bitPattern)
            && a.weightScales.map(\.bitPattern) == b.weightScales.map(\.bitPattern)
    }

    func integer(_ position: Int, output: Int, channel: Int) -> Int {
        let place = placeInPairs(channel)
        return Int(expanded[position * stride + (place / 2 * width + output) * 2 + place % 2])
    }

    func scale(_ position: Int, output: Int, channel: Int) -> Double {
        let blocks = Int(dk_fixed_block_count(channels, blockLength))
        return Double(scales[(position * blocks + channel / blockLength) * width + output])
    }

    func compressedValue(output: Int, channel: Int, tap: Int) -> Double {
        Double(compressed[(channel * 9 + tap) * width + output]) * Double(weightScales[output])
    }
}

/// G of the transform, with the points 0, ±1/√2, ±√2 and ∞.
private let weightMatrix: [[Double]] = {
    let third = 1.0 / 3, sixth = 1.0 / 6, root = 2.0.squareRoot()
    return [
        [1, 0, 0], [-2 * third, -root * third, -third], [-2 * third, root * third, -third],
        [sixth, root * sixth, third], [sixth, -root * sixth, third], [0, 0, 1],
    ]
}()

/// One position of G g Gᵀ.
private func transformed(_ taps: [Double], _ position: Int) -> Double {
    let (rows, columns) = (weightMatrix[position / 6], weightMatrix[position % 6])
    var sum = 0.0
    for tap in 0..<9 { sum += rows[tap / 3] * taps[tap] * columns[tap % 3] }
    return sum
}

@Suite("Winograd weights in fixed point") struct WinogradWeightTests {
    static let sizes = [
        (1, 1, 64), (17, 5, 64), (16, 31, 64), (33, 16, 192), (64, 192, 192), (50, 257, 128), (17, 330, 320),
        (18, 130, 64),
    ]

    private func weights(_ outputs: Int, _ channels: Int) -> [Float] {
        awkwardValues(outputs * channels * 9, seed: 70, scale: 0.05, .finite)
    }

    @Test("compressing rounds to nearest", arguments: KernelPath.availableForFixedPoint, sizes)
    func compressesToNearest(path: KernelPath, size: (outputs: Int, channels: Int, blockLength: Int)) throws {
        let values = weights(size.outputs, size.channels), length = 9 * size.channels
        let panel = try WinogradPanel(
            path, values, outputs: size.outputs, channels: size.channels, blockLength: size.blockLength)
        #expect(panel.finiteCount == size.outputs)
        for output in 0..<size.outputs {
            let scale = Double(panel.weightScales[output]), row = values[output * length..<(output + 1) * length]
            let largest = Double(row.map(abs).max() ?? 0)
            #expect(abs(scale - largest / 32767) <= 2 * eps * scale + 0x1p-100)
            for (index, value) in row.enumerated() {
                let found = panel.compressedValue(output: output, channel: index / 9, tap: index % 9)
                #expect(abs(found - Double(value)) <= halfStep * scale + 0x1p-100)
            }
        }
    }

    @Test(
        "expanded weights are the transforms, cannot overflow and waste no bits",
        arguments: KernelPath.availableForFixedPoint, sizes)
    func expandsToTransforms(path: KernelPath, size: (outputs: Int, channels: Int, blockLength: Int)) throws {
        let panel = try WinogradPanel(
            path, weights(size.outputs, size.channels), outputs: size.outputs, channels: size.channels,
            blockLength: size.blockLength)
        for output in stride(from: 0, to: size.outputs, by: 7) {
            for position in 0..<positions {
                for first in stride(from: 0, to: size.channels, by: size.blockLength) {
                    expectBounds(panel, output, position, first..<min(first + size.blockLength, size.channels))
                }
            }
        }
    }

    private func expectBounds(_ panel: WinogradPanel, _ output: Int, _ position: Int, _ block: Range<Int>) {
        let integers = block.map { panel.integer(position, output: output, channel: $0) }
        let scale = panel.scale(position, output: output, channel: block.lowerBound), step = abs(scale)
        #expect(integers.reduce(0) { $0 + abs($1) } * Int(dk_fixed_row_limit) < 1 << 31)
        #expect(integers.allSatisfy { abs($0) <= 32767 })
        var sum = 0.0, largest = 0.0, worst = 0.0
        for (integer, channel) in zip(integers, block) {
            let taps = (0..<9).map { panel.compressedValue(output: output, channel: channel, tap: $0) }
            let value = transformed(taps, position), rounding = 16 * eps * 4 * (taps.map(abs).max() ?? 0)
            worst = max(worst, abs(Double(integer) * scale - value) - rounding)
            (sum, largest) = (sum + abs(value), max(largest, abs(value)))
        }
        #expect(worst <= halfStep * step + 0x1p-100)
        let room = Double(Int32.max) / Double(dk_fixed_row_limit) - Double(block.count) / 2 - 1
        #expect(step <= 1.001 * max(sum / room, largest / 32767) + 0x1p-100)
    }

    @Test("the paths give the same bytes", arguments: sizes)
    func pathsAgree(size: (outputs: Int, channels: Int, blockLength: Int)) throws {
        let values = weights(size.outputs, size.channels)
        let panels = try KernelPath.availableForFixedPoint.map {
            try WinogradPanel(
                $0, values, outputs: size.outputs, channels: size.channels, blockLength: size.blockLength)
        }
        #expect(panels.allSatisfy { $0 == panels[0] })
    }

    @Test("padding is zero, and an output of zeros gives zeros", arguments: KernelPath.availableForFixedPoint)
    func paddingIsZero(path: KernelPath) throws {
        var values = weights(18, 5)
        for index in 0..<45 { values[2 * 45 + index] = 0 }
        let panel = try WinogradPanel(path, values, outputs: 18, channels: 5, blockLength: 64)
        for output in [2] + Array(18..<32) {
            for position in 0..<positions {
                let integers = (0..<64).map { panel.integer(position, output: output, channel: $0) }
                #expect(integers == Array(repeating: 0, count: 64))
                #expect(panel.scale(position, output: output, channel: 0) == 0)
            }
        }
        #expect(
            (0..<positions).allSatisfy { p in (5..<64).allSatisfy { panel.integer(p, output: 0, channel: $0) == 0 } })
        #expect(!panel.scales.contains { !$0.isFinite })
    }

    @Test("the worst weights do not overflow", arguments: KernelPath.availableForFixedPoint, [1, 2, 31, 128, 129, 512])
    func worstCase(path: KernelPath, channels: Int) throws {
        for sign: Float in [1, -1] {
            let values = Array(repeating: sign * 3e30, count: 3 * channels * 9)
            let panel = try WinogradPanel(path, values, outputs: 3, channels: channels, blockLength: 512)
            for position in 0..<positions { expectBounds(panel, 1, position, 0..<channels) }
        }
    }

    @Test("what is not finite is named by its output", arguments: KernelPath.availableForFixedPoint)
    func namesNonFinite(path: KernelPath) throws {
        for (index, value) in [(0, Float.nan), (20, .infinity), (69, -.infinity)] {
            var values = weights(5, 2)
            values.append(contentsOf: weights(1, 2))
            values[index] = value
            let panel = try WinogradPanel(path, values, outputs: 6, channels: 2, blockLength: 64)
            #expect(panel.finiteCount == index / 18)
        }
    }
}
