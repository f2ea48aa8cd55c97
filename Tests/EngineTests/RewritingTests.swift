import DiffusionEngine
import DiffusionTensors
import TestSupport
import Testing

/// Operations that write over an input which nobody else holds, and leave one alone that somebody does.
@Suite struct RewritingTests {
    struct Operation: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let run: @Sendable (consuming Tensor, ComputeContext) throws -> Tensor
    }

    private static let shape: Shape = [2, 5, 7, 12]

    static let operations: [Operation] = [
        Operation(testDescription: "add") { try add($0, noise(9), in: $1) },
        Operation(testDescription: "add per image") {
            try addPerImage($0, Tensor(shape: [2, 12], scalars: Array(noise(8).scalars[..<24])), in: $1)
        },
        Operation(testDescription: "silu") { try Activation.silu($0, in: $1) },
        Operation(testDescription: "gelu") { try Activation.gelu($0, in: $1) },
        Operation(testDescription: "group norm") { input, context in
            let scope = WeightScope(
                ArrayWeightSource(["weight": noise(5).prefix(12), "bias": noise(6).prefix(12)]))
            let norm = GroupNorm(scope, groups: 3, channels: 12, epsilon: 1e-5)
            try context.load(scope.loads)
            return try norm(input, silu: true, in: context)
        },
    ]

    @Test(arguments: operations) func theLastHolderGetsTheMemoryBack(_ operation: Operation) throws {
        let context = try ComputeContext(threadCount: 2)
        let kept = Self.noise(1)
        let before = kept.scalars
        let apart = try operation.run(kept, context)
        #expect(kept.scalars == before)
        #expect(apart.scalars != before)

        let given = Self.noise(1)
        let address = given.withUnsafeScalars { $0.baseAddress }
        let within = try operation.run(consume given, context)
        #expect(within.withUnsafeScalars { $0.baseAddress } == address)
        #expect(firstDifferentBit(within, apart) == nil)
    }

    private static func noise(_ seed: UInt64) -> Tensor {
        var generator = TorchNoiseGenerator(seed: seed)
        return generator.normal(shape)
    }
}

extension Tensor {
    fileprivate func prefix(_ count: Int) -> Tensor { Tensor(shape: [count], scalars: Array(scalars[..<count])) }
}
