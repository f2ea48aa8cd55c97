import CDiffusionKernels
import Foundation
import Testing

typealias AttentionKernels = UnsafePointer<dk_attention_kernels>

let keyBlock = Int(dk_attention_block)
let weightLimit = Double(dk_attention_weight_limit)

extension KernelPath {
    func attentionTable() throws -> AttentionKernels { try #require(dk_attention_kernels_for(path)) }
}

/// The sizes of one head's attention.
struct HeadSizes: Sendable, CustomTestStringConvertible {
    var queries: Int
    var keys: Int
    var keyWidth: Int
    var valueWidth: Int

    var testDescription: String { "\(queries) queries, \(keys) keys of \(keyWidth), values of \(valueWidth)" }

    static let awkward = [
        HeadSizes(queries: 1, keys: 1, keyWidth: 1, valueWidth: 1),
        HeadSizes(queries: 2, keys: 2, keyWidth: 3, valueWidth: 5),
        HeadSizes(queries: 7, keys: 77, keyWidth: 40, valueWidth: 40),
        HeadSizes(queries: 13, keys: 127, keyWidth: 65, valueWidth: 33),
        HeadSizes(queries: 6, keys: 128, keyWidth: 64, valueWidth: 64),
        HeadSizes(queries: 5, keys: 129, keyWidth: 80, valueWidth: 17),
        HeadSizes(queries: 3, keys: 255, keyWidth: 40, valueWidth: 47),
        HeadSizes(queries: 18, keys: 256, keyWidth: 64, valueWidth: 48),
        HeadSizes(queries: 35, keys: 257, keyWidth: 40, valueWidth: 40),
        HeadSizes(queries: 12, keys: 300, keyWidth: 160, valueWidth: 80),
        HeadSizes(queries: 3, keys: 333, keyWidth: 161, valueWidth: 130),
        HeadSizes(queries: 4, keys: 200, keyWidth: 512, valueWidth: 512),
        HeadSizes(queries: 2, keys: 4097, keyWidth: 8, valueWidth: 9),
    ]
}

/// Dense queries, keys and values `[token][width]`.
struct HeadProblem {
    var sizes: HeadSizes
    var queries: [Float]
    var keys: [Float]
    var values: [Float]

    /// - Parameter spread: about the standard deviation of the scores.
    init(_ sizes: HeadSizes, seed: UInt64, spread: Float = 1) {
        self.sizes = sizes
        // `awkwardValues` of scale s have a variance of 2 s² / 3.
        queries = awkwardValues(sizes.queries * sizes.keyWidth, seed: seed, scale: 1.22 * spread)
        keys = awkwardValues(sizes.keys * sizes.keyWidth, seed: seed + 1, scale: 1.22)
        values = awkwardValues(sizes.keys * sizes.valueWidth, seed: seed + 2, scale: 1.22)
    }

    /// Natural logarithms of a query's weights, without the common term.
    func scores(query: Int) -> [Double] {
        let width = sizes.keyWidth, root = Double(width).squareRoot()
        return (0..<sizes.keys).map { key in
            var sum = 0.0
            for c in 0..<width { sum += Double(queries[query * width + c]) * Double(keys[key * width + c]) }
            return sum / root
        }
    }

    func probabilities(query: Int) -> [Double] {
        let scores = scores(query: query), largest = scores.max() ?? 0
        let weights = scores.map { exp($0 - largest) }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }

    func value(_ key: Int, _ column: Int) -> Double { Double(values[key * sizes.valueWidth + column]) }

    /// The result in double for one query.
    func exact(_ probabilities: [Double]) -> [Double] {
        (0..<sizes.valueWidth).map { column in
            var sum = 0.0
            for key in 0..<sizes.keys { sum += probabilities[key] * value(key, column) }
            return sum
        }
    }
}

/// A head's operands as the kernel takes them.
struct PackedHead {
    let sizes: HeadSizes
    let queries: QuantisedRows
    let keys: PackedWeights
    let values: PackedValues

    init(_ attention: AttentionKernels, _ problem: HeadProblem) {
        sizes = problem.sizes
        let packing = FixedPacking(attention)
        queries = QuantisedRows(
            packing, problem.queries, rowCount: sizes.queries, channels: sizes.keyWidth, gap: 2)
        keys = PackedWeights(
            packing, problem.keys, outputs: sizes.keys, channels: sizes.keyWidth,
            blockLength: dk_attention_key_shape(sizes.keys, sizes.keyWidth).block_length)
        values = PackedValues(attention, problem.values, keys: sizes.keys, width: sizes.valueWidth)
        #expect(keys.integers.count == dk_attention_key_elements(sizes.keys, sizes.keyWidth))
        #expect(keys.scales.count == dk_attention_key_scale_count(sizes.keys, sizes.keyWidth))
    }

    /// Runs the kernel with everything behind guard pages; the gaps of the wide output stay -7.
    func attend(_ kernels: AttentionKernels) -> [Float] {
        let arena = Arena(), outStride = sizes.valueWidth + 3
        let out = arena.hold(repeating: Float(-7), count: (sizes.queries - 1) * outStride + sizes.valueWidth)
        let layout = kernels.pointee.layout
        let rows = arena.hold(queries.integers(in: layout)), rowScales = arena.hold(queries.scales)
        let packedKeys = arena.hold(keys.integers(in: layout)), keyScales = arena.hold(keys.scales)
        let packedValues = arena.hold(values.integers(in: layout)), valueScales = arena.hold(values.scales)
        let scratch = arena.hold(
            repeating: Float.nan, count: dk_attention_scratch_count(sizes.queries, sizes.valueWidth))
        let memory = dk_attention_memory(
            keys: packedKeys.pointer, key_scales: keyScales.pointer, values: packedValues.pointer,
            value_scales: valueScales.pointer, key_count: sizes.keys, key_width: sizes.keyWidth,
            value_width: sizes.valueWidth)
        kernels.pointee.attend(
            out.pointer, outStride, rows.pointer, queries.stride, rowScales.pointer, sizes.queries, scoreScale, memory,
            scratch.pointer)
        #expect(out.frontIsIntact && scratch.frontIsIntact)
        return withExtendedLifetime(arena) { out.elements }
    }

    private var scoreScale: Float { Float(M_LOG2E / Double(sizes.keyWidth).squareRoot()) }

    /// The part of `attend`'s result that is one query's.
    func row(_ query: Int, of result: [Float]) -> ArraySlice<Float> {
        let first = query * (sizes.valueWidth + 3)
        return result[first..<first + sizes.valueWidth]
    }
}

/// Values as integers, in the layout of pairs, with a scale per column and block of keys.
struct PackedValues: Equatable {
    let keyCount: Int
    let width: Int
    let integers: [Int16]
    let scales: [Float]

    static func == (a: PackedValues, b: PackedValues) -> Bool {
        a.integers == b.integers && a.scales.map(\.bitPattern) == b.scales.map(\.bitPattern)
    }

    init(_ kernels: AttentionKernels, _ values: [Float], keys: Int, width: Int) {
        (keyCount, self.width) = (keys, width)
        let padded = dk_attention_padded_columns(width), arena = Arena(), source = arena.hold(values)
        let packed = arena.hold(repeating: Int16(-7), count: dk_attention_value_elements(keys, width))
        let scales = arena.hold(repeating: Float.nan, count: dk_attention_value_scale_count(keys, width))
        for first in stride(from: 0, to: keys, by: keyBlock) {
            let finite = kernels.pointee.pack_values(
                packed.pointer + first * padded, scales.pointer + first / keyBlock * padded,
                source.pointer + first * width, width, min(keyBlock, keys - first), width)
            #expect(finite == padded)
        }
        #expect(packed.frontIsIntact && scales.frontIsIntact)
        integers = Self.rearranged(
            packed.elements, keys: keys, padded: padded, makesTiles: false,
            if: kernels.pointee.layout == dk_layout_of_tiles)
        self.scales = scales.elements
    }

    /// The integers in a layout.
    func integers(in layout: dk_fixed_layout) -> [Int16] {
        Self.rearranged(
            integers, keys: keyCount, padded: padded, makesTiles: true, if: layout == dk_layout_of_tiles)
    }

    private static func rearranged(
        _ integers: [Int16], keys: Int, padded: Int, makesTiles: Bool, if isNeeded: Bool
    ) -> [Int16] {
        var integers = integers
        guard isNeeded else { return integers }
        for first in stride(from: 0, to: keys, by: keyBlock) {
            var block = Array(integers[first * padded..<min(integers.count, (first + keyBlock) * padded)])
            TileLayout(makesTiles: makesTiles).rearrangePanels(
                &block, paddedOutputs: padded, length: dk_fixed_row_length(min(keyBlock, keys - first)))
            integers.replaceSubrange(first * padded..<first * padded + block.count, with: block)
        }
        return integers
    }

    private var padded: Int { Int(dk_attention_padded_columns(width)) }

    /// The integer of a key and a column, from its place in the blocks and panels.
    func integer(key: Int, column: Int) -> Int {
        let block = key / keyBlock * keyBlock, rows = dk_fixed_row_length(min(keyBlock, keyCount - block))
        let panel = column / 64 * 64, panelWidth = min(64, padded - panel), place = placeInPairs(key - block)
        let inPanel = (place / 2 * panelWidth + column - panel) * 2 + place % 2
        return Int(integers[block * padded + panel * rows + inPanel])
    }

    func scale(key: Int, column: Int) -> Double { Double(scales[key / keyBlock * padded + column]) }
}
