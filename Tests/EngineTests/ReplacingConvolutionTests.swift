import DiffusionEngine
import DiffusionTensors
import TestSupport
import Testing

/// 1×1 convolutions whose output is written over their input.
@Suite struct ReplacingConvolutionTests {
    /// The feature maps that are read beside each other; in each the pixels of several chunks and images.
    struct Inputs: Sendable, CustomTestStringConvertible {
        var shape: Shape
        var channels: [Int]
        var outputs: Int
        var isReplaced = true

        var testDescription: String { "\(shape), \(channels) to \(outputs)" }
    }

    static let inputs = [
        Inputs(shape: [1, 211, 207], channels: [130], outputs: 27),
        Inputs(shape: [1, 211, 207], channels: [98], outputs: 98),
        Inputs(shape: [3, 97, 113], channels: [160], outputs: 64),
        Inputs(shape: [1, 211, 207], channels: [66, 35], outputs: 65),
        Inputs(shape: [1, 211, 207], channels: [32, 70], outputs: 33, isReplaced: false),
        Inputs(shape: [2, 5, 7], channels: [64], outputs: 32, isReplaced: false),
    ]

    @Test(arguments: inputs, [1, 3]) func isTheSameInFixedPoint(_ inputs: Inputs, _ threadCount: Int) throws {
        for arithmetic in [ProductArithmetic.fixed16, .int8] {
            try check(inputs, arithmetic, threadCount: threadCount, isReplaced: inputs.isReplaced)
        }
    }

    /// OpenBLAS reads the pixels where they lie.
    @Test func floatsAreNotReplaced() throws {
        for inputs in Self.inputs { try check(inputs, .float32, threadCount: 2, isReplaced: false) }
    }

    private func check(
        _ inputs: Inputs, _ arithmetic: ProductArithmetic, threadCount: Int, isReplaced: Bool
    ) throws {
        let context = try ComputeContext(threadCount: threadCount)
        let convolution = try layer(inputs, arithmetic, in: context)
        let kept = try maps(inputs, in: context)
        let input = ConvolutionInput(kept[0], joining: kept.count > 1 ? kept[1] : nil)
        let before = kept.map(\.scalars)
        let ordinary = try convolution(input, in: context)
        let shared = try convolution.replacing(input, in: context)
        #expect(firstDifferentBit(shared, ordinary) == nil)
        #expect(kept.map(\.scalars) == before)

        let heldBefore = context.buffers.usedBytes
        var given = try maps(inputs, in: context)
        let address = given[0].withUnsafeScalars { $0.baseAddress }
        let second = given.count > 1 ? given.removeLast() : nil
        let first = given.removeLast()
        let found = try convolution.replacing(ConvolutionInput(consume first, joining: consume second), in: context)
        #expect(firstDifferentBit(found, ordinary) == nil)
        #expect((found.withUnsafeScalars { $0.baseAddress } == address) == isReplaced)
        // The end of the memory is not held any more.
        let held = context.buffers.usedBytes - heldBefore
        #expect(held >= 4 * found.shape.elementCount && held < 4 * found.shape.elementCount + (64 << 10))
    }

    private func layer(
        _ inputs: Inputs, _ arithmetic: ProductArithmetic, in context: ComputeContext
    ) throws -> Convolution2D {
        let count = inputs.channels.reduce(0, +)
        let parameters: [String: Tensor] = [
            "weight": .random([inputs.outputs, count, 1, 1], seed: 4), "bias": .random([inputs.outputs], seed: 5),
        ]
        let scope = WeightScope(ArrayWeightSource(parameters)).with(arithmetic)
        let convolution = Convolution2D(
            scope, .init(inputChannels: count, outputChannels: inputs.outputs, kernel: 1))
        try context.load(scope.loads)
        return convolution
    }

    /// In the pool's memory, as activations are.
    private func maps(_ inputs: Inputs, in context: ComputeContext) throws -> [Tensor] {
        try inputs.channels.enumerated().map { index, channels in
            var map = try context.makeTensor(Shape(inputs.shape.dimensions + [channels]))
            let noise = Tensor.random(map.shape, seed: UInt64(index + 1), in: -2...3)
            map.withUnsafeMutableScalars { target in noise.withUnsafeScalars { _ = target.update(from: $0) } }
            return map
        }
    }
}
