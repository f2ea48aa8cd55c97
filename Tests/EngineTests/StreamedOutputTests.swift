import DiffusionEngine
import DiffusionTensors
import TestSupport
import Testing

/// Outputs of Winograd's transforms that go past the caches.
@Suite(.serialized) struct StreamedOutputTests {
    /// With a residual nothing is streamed, and zeros change no byte. Channels that fill no vector are not streamed at all.
    @Test(arguments: [(512, 513, 32), (512, 513, 33)])
    func isWhatAnOrdinaryOutputIs(_ height: Int, _ width: Int, _ channels: Int) throws {
        let parameters: [String: Tensor] = [
            "weight": .random([channels, 16, 3, 3], seed: 1), "bias": .random([channels], seed: 2),
        ]
        let input = Tensor.random([1, height, width, 16], seed: 3, in: -2...3)
        for path in InstructionPath.allCases where path.isAvailable {
            let context = try ComputeContext(threadCount: 3, instructionPath: path)
            let scope = WeightScope(ArrayWeightSource(parameters)).with(.fixed16).packed(for: path)
                .forcing(.winograd)
            let convolution = Convolution2D(
                scope, .init(inputChannels: 16, outputChannels: channels, kernel: 3, padding: .init(1)))
            try context.load(scope.loads)
            let streamed = try convolution(input, in: context)
            let ordinary = try convolution(
                ConvolutionInput(input), residual: Tensor(zeros: streamed.shape), in: context)
            #expect(firstDifferentBit(streamed, ordinary) == nil, "\(path.rawValue)")
        }
    }
}
