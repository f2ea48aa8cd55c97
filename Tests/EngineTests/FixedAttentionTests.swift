import DiffusionEngine
import DiffusionTensors
import TestSupport
import Testing

/// Attention in 16-bit fixed point beside the same in Float32; the kernels' own tests bound each result.
@Suite struct FixedAttentionTests {
    struct Sizes: Sendable, CustomTestStringConvertible {
        var queries: Int
        var keys: Int
        var heads: Int
        var width: Int
        var valueWidth: Int

        init(_ queries: Int, _ keys: Int, heads: Int, width: Int, valueWidth: Int? = nil) {
            (self.queries, self.keys, self.heads, self.width) = (queries, keys, heads, width)
            self.valueWidth = valueWidth ?? width
        }

        var testDescription: String { "\(queries)×\(keys) in \(heads) heads of \(width) and \(valueWidth)" }

        static let all = [
            Sizes(1, 1, heads: 1, width: 1), Sizes(3, 2, heads: 3, width: 1, valueWidth: 5),
            Sizes(200, 77, heads: 8, width: 40), Sizes(193, 520, heads: 2, width: 80),
            Sizes(64, 64, heads: 8, width: 160), Sizes(70, 129, heads: 5, width: 64),
            Sizes(100, 300, heads: 1, width: 512), Sizes(5, 4097, heads: 2, width: 33, valueWidth: 17),
        ]
    }

    /// Queries, keys and values of two images.
    struct Operands: Sendable {
        var query: Tensor
        var key: Tensor
        var value: Tensor
        let heads: Int

        init(_ sizes: Sizes, spread: Float = 2) {
            heads = sizes.heads
            query = .random([2, sizes.queries, heads * sizes.width], seed: 1, in: -spread...spread)
            key = .random([2, sizes.keys, heads * sizes.width], seed: 2, in: -spread...spread)
            value = .random([2, sizes.keys, heads * sizes.valueWidth], seed: 3)
        }

        func attended(
            _ arithmetic: ProductArithmetic, mask: AttentionMask = .none, in context: ComputeContext
        ) throws -> Tensor {
            try attention(
                query: query, key: key, value: value, heads: heads, mask: mask, arithmetic: arithmetic, in: context)
        }

        func image(_ index: Int) -> Operands {
            var one = self
            let range = index..<index + 1
            (one.query, one.key, one.value) = (query.slice(range), key.slice(range), value.slice(range))
            return one
        }
    }

    @Test(arguments: Sizes.all, [Float(0.1), 2, 5]) func agreesWithFloat32(_ sizes: Sizes, _ spread: Float) throws {
        let context = try ComputeContext(threadCount: 2)
        let operands = Operands(sizes, spread: spread)
        let exact = try operands.attended(.float32, in: context).scalars
        let found = try operands.attended(.fixed16, in: context).scalars
        var error = 0.0, energy = 0.0
        for (found, exact) in zip(found, exact) {
            error += Double(found - exact) * Double(found - exact)
            energy += Double(exact) * Double(exact)
        }
        // Every rounding is below 1/4000 of what it rounds, but scores of ±150 lose their fraction's bits.
        let bound = spread < 5 ? 1e-3 : 1e-2
        #expect((error / energy).squareRoot() <= bound)
    }

    @Test(arguments: Sizes.all) func everyPathAndThreadCountGivesTheSameBytes(_ sizes: Sizes) throws {
        let operands = Operands(sizes)
        let reference = try operands.attended(.fixed16, in: ComputeContext(threadCount: 1, instructionPath: .portable))
        for path in InstructionPath.allCases where path.isAvailable {
            for threadCount in [1, 2, 3, 8] {
                let context = try ComputeContext(threadCount: threadCount, instructionPath: path)
                let found = try operands.attended(.fixed16, in: context)
                #expect(firstDifferentBit(found, reference) == nil, "\(path.rawValue), \(threadCount) threads")
            }
        }
    }

    @Test(arguments: Sizes.all) func anImageOfABatchHasTheBytesItHasAlone(_ sizes: Sizes) throws {
        let context = try ComputeContext(threadCount: 2)
        let operands = Operands(sizes)
        for arithmetic in [ProductArithmetic.float32, .fixed16] {
            let together = try operands.attended(arithmetic, in: context)
            for image in 0..<2 {
                let alone = try operands.image(image).attended(arithmetic, in: context)
                #expect(firstDifferentBit(alone, together.slice(image..<image + 1)) == nil)
            }
        }
    }

    @Test(arguments: Sizes.all, [Float.nan, .infinity, -.infinity])
    func whatIsNotFiniteIsAnError(_ sizes: Sizes, _ value: Float) throws {
        let context = try ComputeContext(threadCount: 2)
        for place in [\Operands.query, \Operands.key, \Operands.value] as [WritableKeyPath<Operands, Tensor>] {
            var operands = Operands(sizes)
            operands[keyPath: place].withUnsafeMutableScalars { $0[$0.count - 1] = value }
            #expect(throws: NonFiniteValueError()) { try operands.attended(.fixed16, in: context) }
        }
    }

    /// Where a score could leave single precision on the way.
    @Test func keysBeyondAllMeasureAreAnError() throws {
        let context = try ComputeContext(threadCount: 1)
        var operands = Operands(Sizes(3, 70, heads: 2, width: 321))
        operands.key.withUnsafeMutableScalars { $0[$0.count - 1] = 3e38 }
        #expect(throws: NonFiniteValueError()) { try operands.attended(.fixed16, in: context) }
    }

    @Test func aCausalAttentionIsTheOneInFloat32() throws {
        let context = try ComputeContext(threadCount: 2)
        let operands = Operands(Sizes(77, 77, heads: 3, width: 20))
        let exact = try operands.attended(.float32, mask: .causal, in: context)
        #expect(try firstDifferentBit(operands.attended(.fixed16, mask: .causal, in: context), exact) == nil)
    }

    /// Contexts of several lengths in one batch, one of them twice.
    @Test(arguments: [ProductArithmetic.float32, .fixed16])
    func joinedMemoriesGiveTheBytesOfEachAlone(_ arithmetic: ProductArithmetic) throws {
        let context = try ComputeContext(threadCount: 2)
        let operands = [77, 154].map { Operands(Sizes(50, $0, heads: 4, width: 24)).image(0) }
        let memories = try operands.map {
            try AttentionMemory(keys: $0.key, values: $0.value, heads: 4, arithmetic: arithmetic, in: context)
        }
        let order = [1, 0, 1]
        let together = try attention(
            query: Tensor.concatenated(order.map { operands[$0].query }),
            over: AttentionMemory(joining: order.map { memories[$0] }), in: context)
        for (image, index) in order.enumerated() {
            let alone = try operands[index].attended(arithmetic, in: context)
            #expect(firstDifferentBit(alone, together.slice(image..<image + 1)) == nil)
        }
    }
}
