import DiffusionBasics
import DiffusionEngine
import DiffusionTensors
import TestSupport
import Testing

/// The gated feed-forward beside its parts, one after the other.
@Suite struct FeedForwardTests {
    /// Widths whose halves end with a panel, and others; rows for many blocks, and for too few.
    struct Sizes: Sendable, CustomTestStringConvertible {
        let rows: Int
        let width: Int
        let inner: Int

        var testDescription: String { "\(rows)×\(width), \(inner) inside" }
    }

    static let sizes = [
        Sizes(rows: 1200, width: 40, inner: 128), Sizes(rows: 5, width: 40, inner: 128),
        Sizes(rows: 700, width: 24, inner: 576), Sizes(rows: 700, width: 20, inner: 80),
        Sizes(rows: 31, width: 7, inner: 9),
    ]

    private struct Network {
        let sizes: Sizes
        let context: ComputeContext
        let arithmetic: ProductArithmetic
        private let parameters: [String: Tensor]

        init(_ sizes: Sizes, _ arithmetic: ProductArithmetic, _ context: ComputeContext) {
            (self.sizes, self.arithmetic, self.context) = (sizes, arithmetic, context)
            parameters = [
                "norm.weight": .random([sizes.width], seed: 1), "norm.bias": .random([sizes.width], seed: 2),
                "ff.net.0.proj.weight": .random([2 * sizes.inner, sizes.width], seed: 3, in: -0.3...0.3),
                "ff.net.0.proj.bias": .random([2 * sizes.inner], seed: 4),
                "ff.net.2.weight": .random([sizes.width, sizes.inner], seed: 5, in: -0.1...0.1),
                "ff.net.2.bias": .random([sizes.width], seed: 6),
            ]
        }

        var input: Tensor { .random([2, sizes.rows, sizes.width], seed: 7) }

        private var scope: WeightScope {
            WeightScope(ArrayWeightSource(parameters)).with(arithmetic).packed(for: context.instructionPath)
        }

        func fused(_ input: Tensor) throws -> Tensor {
            let scope = scope
            let layer = FeedForward(norm: scope["norm"], scope["ff"], width: sizes.width, inner: sizes.inner)
            try context.load(scope.loads)
            return try layer(input, in: context)
        }

        func apart(_ input: Tensor) throws -> Tensor {
            let scope = scope
            let norm = LayerNorm(scope["norm"], width: sizes.width)
            let first = Linear(scope["ff"]["net"][0]["proj"], inputs: sizes.width, outputs: 2 * sizes.inner)
            let second = Linear(scope["ff"]["net"][2], inputs: sizes.inner, outputs: sizes.width)
            try context.load(scope.loads)
            let gated = try geglu(first(norm(input, in: context), in: context), in: context)
            return try add(second(gated, in: context), input, in: context)
        }
    }

    /// Integer sums and rows that know nothing of each other: fusing moves no bit.
    @Test(arguments: sizes, [ProductArithmetic.fixed16, .int8])
    func integersHaveTheBytesOfTheirParts(_ sizes: Sizes, _ arithmetic: ProductArithmetic) throws {
        let reference = try Network(sizes, arithmetic, ComputeContext(threadCount: 1, instructionPath: .portable))
        let expected = try reference.apart(reference.input)
        for path in InstructionPath.allCases where path.isAvailable {
            for threadCount in [1, 2, 3, 8] {
                let context = try ComputeContext(threadCount: threadCount, instructionPath: path)
                let network = Network(sizes, arithmetic, context)
                let found = try network.fused(network.input)
                #expect(firstDifferentBit(found, expected) == nil, "\(path.rawValue), \(threadCount) threads")
            }
        }
    }

    @Test(arguments: sizes) func float32AgreesWithItsParts(_ sizes: Sizes) throws {
        let network = Network(sizes, .float32, try ComputeContext(threadCount: 2))
        let found = try network.fused(network.input)
        let expected = try network.apart(network.input)
        #expect(differences(found, from: expected, tolerance: 1e-6, name: "feed-forward") == nil)
    }

    /// The bound in 8 bits is 16 bits' for numbers of 127 steps in place of 8191, over the input that both carry whole.
    @Test(arguments: sizes, [ProductArithmetic.fixed16, .int8])
    func integersAreNearFloat32(_ sizes: Sizes, _ arithmetic: ProductArithmetic) throws {
        let context = try ComputeContext(threadCount: 2)
        let network = Network(sizes, arithmetic, context)
        let exact = try Network(sizes, .float32, context).fused(network.input)
        let error = relativeError(try network.fused(network.input), exact)
        #expect(error <= (arithmetic == .fixed16 ? 1e-3 : 1e-3 * 8191 / 127))
    }

    /// A caller who passes on the last reference gets its memory back, another keeps what he has.
    @Test(arguments: [ProductArithmetic.float32, .fixed16, .int8]) func residualIsWrittenOver(
        _ arithmetic: ProductArithmetic
    )
        throws
    {
        let network = Network(Self.sizes[0], arithmetic, try ComputeContext(threadCount: 2))
        let kept = network.input
        let before = kept.scalars
        let apart = try network.fused(kept)
        #expect(kept.scalars == before && apart.scalars != before)
    }

    @Test(arguments: [Float.nan, .infinity]) func whatIsNotFiniteIsAnError(_ value: Float) throws {
        for arithmetic in [ProductArithmetic.fixed16, .int8] {
            let network = Network(Self.sizes[0], arithmetic, try ComputeContext(threadCount: 2))
            var input = network.input
            input.withUnsafeMutableScalars { $0[$0.count / 2] = value }
            #expect(throws: NonFiniteValueError()) { try network.fused(input) }
        }
    }
}
