import CDiffusionKernels
import Foundation
import Testing

@Suite("Fixed-point attention") struct FixedPointAttentionTests {
    @Test(
        "the result is that of the plain twin, byte for byte", arguments: KernelPath.availableForFixedPoint,
        HeadSizes.awkward)
    func equalsReference(path: KernelPath, sizes: HeadSizes) throws {
        for (index, spread) in [Float(0), 1, 30, 1e4].enumerated() {
            try expectReference(HeadProblem(sizes, seed: 80 + UInt64(index), spread: spread), path)
        }
    }

    @Test(
        "the largest magnitudes of one sign do not overflow", arguments: KernelPath.availableForFixedPoint,
        [1, 2, 31, 128, 160, 512])
    func maximaDoNotOverflow(path: KernelPath, width: Int) throws {
        let sizes = HeadSizes(queries: 3, keys: 257, keyWidth: width, valueWidth: 19)
        for (query, key, value) in [(Float(3), Float(2), Float(5)), (-3, 2, -5), (3, -2, 5), (-3, -2, -5)] {
            var problem = HeadProblem(sizes, seed: 90)
            problem.queries = Array(repeating: query, count: problem.queries.count)
            problem.keys = Array(repeating: key, count: problem.keys.count)
            problem.values = Array(repeating: value, count: problem.values.count)
            let head = try expectReference(problem, path)
            let result = try head.attend(path.attentionTable())
            // Every weight is the same, and so is every value: to half a step of 1024 or more.
            for query in 0..<3 { #expect(head.row(query, of: result).allSatisfy { abs($0 - value) <= 0.001 * 5 }) }
        }
    }

    @Test("a query's result does not depend on its tile", arguments: KernelPath.availableForFixedPoint)
    func queriesAreIndependent(path: KernelPath) throws {
        let sizes = HeadSizes(queries: 11, keys: 150, keyWidth: 24, valueWidth: 20)
        let problem = HeadProblem(sizes, seed: 91)
        let kernels = try path.attentionTable()
        let together = PackedHead(kernels, problem), result = together.attend(kernels)
        for query in 0..<sizes.queries {
            var single = problem
            single.sizes.queries = 1
            single.queries = Array(problem.queries[query * sizes.keyWidth..<(query + 1) * sizes.keyWidth])
            let alone = PackedHead(kernels, single).attend(kernels)
            #expect(alone.map(\.bitPattern) == together.row(query, of: result).map(\.bitPattern))
        }
    }

    @Test("scores at the edge of single precision stay numbers", arguments: KernelPath.availableForFixedPoint)
    func edgesOfSinglePrecision(path: KernelPath) throws {
        let sizes = HeadSizes(queries: 7, keys: 130, keyWidth: 321, valueWidth: 3)
        var problem = HeadProblem(sizes, seed: 92)
        for index in problem.keys.indices { problem.keys[index] *= 0x1p98 }
        for index in 0..<sizes.keyWidth { problem.queries[index] = 0 }
        for index in sizes.keyWidth..<2 * sizes.keyWidth { problem.queries[index] *= 0x1p120 }
        let head = try expectReference(problem, path)
        #expect((head.keys.scales.max() ?? 0) > 0x1p80 && head.keys.scales.allSatisfy { $0 < 0x1p90 })
        let result = try head.attend(path.attentionTable())
        #expect((0..<sizes.queries).allSatisfy { head.row($0, of: result).allSatisfy(\.isFinite) })
    }

    @discardableResult private func expectReference(_ problem: HeadProblem, _ path: KernelPath) throws -> PackedHead {
        let reference = dk_attention_reference_table()
        let head = PackedHead(reference, problem)
        let found = head.attend(try path.attentionTable())
        #expect(found.map(\.bitPattern) == head.attend(reference).map(\.bitPattern))
        return head
    }
}

@Suite("Fixed-point attention's parts") struct FixedPointAttentionPartTests {
    @Test(
        "weights are powers of two to half a step", arguments: KernelPath.availableForFixedPoint,
        awkwardCounts.filter { $0 > 0 && $0 <= 128 })
    func weightsAreBounded(path: KernelPath, count: Int) throws {
        for (scale, offset) in [(Float(0.1), Float(-3)), (1, 0), (3e-7, 1e8), (1e20, 7)] {
            let distances = awkwardValues(count, seed: 95, scale: 12 / min(scale, 1))
            let scores = distances.enumerated().map { $0 % 9 == 0 ? offset : offset - abs($1) }
            let found = weigh(try path.attentionTable(), scores, largest: offset, scale: scale)
            #expect(found == weigh(dk_attention_reference_table(), scores, largest: offset, scale: scale))
            #expect(found.weights.dropFirst(count).allSatisfy { $0 == 0 })
            #expect(Int(found.sum) == found.weights.reduce(0) { $0 + Int($1) })
            for (weight, score) in zip(found.weights, scores) {
                let exponent = Double((score - offset) * scale), exact = weightLimit * exp2(exponent)
                #expect(abs(Double(weight) - exact) <= 0.5 + 2e-4 * exact)
            }
        }
    }

    private struct Weights: Equatable {
        var weights: [Int16]
        var sum: Int32
    }

    private func weigh(_ kernels: AttentionKernels, _ scores: [Float], largest: Float, scale: Float) -> Weights {
        let arena = Arena(), source = arena.hold(scores)
        let out = arena.hold(repeating: Int16(-7), count: (scores.count + 15) / 16 * 16)
        let sum = kernels.pointee.weigh(out.pointer, source.pointer, scores.count, largest, scale)
        #expect(out.frontIsIntact)
        return withExtendedLifetime(arena) { Weights(weights: out.elements, sum: sum) }
    }

    @Test(
        "values round to nearest, cannot overflow and waste no bits", arguments: KernelPath.availableForFixedPoint,
        [1, 2, 31, 127, 128, 129, 300])
    func valuesKeepTheirBounds(path: KernelPath, keys: Int) throws {
        for width in [1, 15, 16, 17, 64, 65, 130] {
            let values = awkwardValues(keys * width, seed: 96, scale: 2, .finite)
            let packed = PackedValues(try path.attentionTable(), values, keys: keys, width: width)
            #expect(packed == PackedValues(dk_attention_reference_table(), values, keys: keys, width: width))
            for column in 0..<width {
                for first in stride(from: 0, to: keys, by: keyBlock) {
                    expectBounds(packed, values, column, first..<min(first + keyBlock, keys))
                }
            }
        }
    }

    private func expectBounds(_ packed: PackedValues, _ values: [Float], _ column: Int, _ block: Range<Int>) {
        let scale = packed.scale(key: block.lowerBound, column: column)
        var integerSum = 0.0, sum = 0.0, largest = 0.0, error = 0.0
        for key in block {
            let integer = Double(packed.integer(key: key, column: column))
            let value = Double(values[key * packed.width + column])
            (integerSum, sum) = (integerSum + abs(integer), sum + abs(value))
            largest = max(largest, abs(value))
            error = max(error, abs(integer * scale - value))
            #expect(abs(integer) <= 32767)
        }
        #expect(integerSum * weightLimit < 0x1p31)
        #expect(error <= halfStep * scale + 0x1p-100)
        let room = Double(Int32.max) / weightLimit - Double(block.count) / 2 - 1
        #expect(scale <= 1.001 * max(sum / room, largest / 32767))
    }

    @Test(
        "a value that is not finite is found", arguments: KernelPath.availableForFixedPoint,
        [Float.nan, .infinity, -.infinity])
    func nonFiniteValuesAreFound(path: KernelPath, value: Float) throws {
        let (keys, width) = (9, 37), padded = Int(dk_attention_padded_columns(width))
        for column in [0, 16, 36] {
            var values = awkwardValues(keys * width, seed: 97)
            values[8 * width + column] = value
            var packed = [Int16](repeating: 0, count: dk_attention_value_elements(keys, width))
            var scales = [Float](repeating: 0, count: padded)
            let found = try path.attentionTable().pointee.pack_values(&packed, &scales, values, width, keys, width)
            #expect(found < padded && found <= column)
        }
    }
}
