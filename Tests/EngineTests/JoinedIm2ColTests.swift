import DiffusionEngine
import DiffusionTensors
import TestSupport
import Testing

/// Convolutions in 8-bit integers, whose pixels are prepared before they are gathered.
@Suite struct JoinedIm2ColTests {
    struct Problem: Sendable {
        let descriptor: Convolution2DDescriptor
        let height: Int
        let width: Int
    }

    static let problems = [
        Problem(
            descriptor: .init(inputChannels: 160, outputChannels: 20, kernel: 3, padding: .init(1)), height: 5, width: 6
        ),
        Problem(
            descriptor: .init(inputChannels: 320, outputChannels: 65, kernel: 3, stride: 2, padding: .init(1)),
            height: 7, width: 4),
        Problem(
            descriptor: .init(
                inputChannels: 160, outputChannels: 3, kernel: 3, padding: .init(top: 0, bottom: 2, left: 3, right: 0),
                dilation: 2), height: 9, width: 8),
    ]

    /// The same rows gathered in floats, as a linear layer takes them: no bit differs, whatever comes first.
    @Test(arguments: problems) func hasTheBytesOfGatheredFloats(_ problem: Problem) throws {
        let descriptor = problem.descriptor, channels = descriptor.inputChannels
        let weight = Tensor.random(descriptor.weightShape, seed: 1),
            bias = Tensor.random([descriptor.outputChannels], seed: 2)
        let input = Tensor.random([2, problem.height, problem.width, channels], seed: 3)
        let context = try ComputeContext(threadCount: 2)
        let scope = WeightScope(ArrayWeightSource(["weight": weight, "bias": bias])).with(.int8)
        let convolution = Convolution2D(scope.forcing(.direct), descriptor)
        try context.load(scope.loads)
        let found = try convolution(input, in: context)
        let rows = gathered(input, descriptor, found.shape)
        let matrix = Tensor(
            shape: [descriptor.outputChannels, 9 * channels],
            scalars: (0..<descriptor.outputChannels * 9 * channels).map { index in
                let (output, column) = index.quotientAndRemainder(dividingBy: 9 * channels)
                return weight.scalars[(output * channels + column % channels) * 9 + column / channels]
            })
        let linearScope = WeightScope(ArrayWeightSource(["weight": matrix, "bias": bias])).with(.int8)
        let linear = Linear(linearScope, inputs: 9 * channels, outputs: descriptor.outputChannels)
        try context.load(linearScope.loads)
        let expected = try linear(rows, in: context)
        #expect(firstDifferentBit(found.reshaped(to: expected.shape), expected) == nil)
    }

    /// `[1, output pixels of all images, 9 × channels]`, zeros beyond the edges.
    private func gathered(_ input: Tensor, _ descriptor: Convolution2DDescriptor, _ output: Shape) -> Tensor {
        let (height, width, channels) = (input.shape[1], input.shape[2], input.shape[3]), scalars = input.scalars
        var columns: [Float] = []
        for image in 0..<output[0] {
            for place in 0..<output[1] * output[2] {
                for position in 0..<9 {
                    let y =
                        place / output[2] * descriptor.stride.vertical + position / 3 * descriptor.dilation.vertical
                        - descriptor.padding.top
                    let x =
                        place % output[2] * descriptor.stride.horizontal
                        + position % 3 * descriptor.dilation.horizontal - descriptor.padding.left
                    let isInside = y >= 0 && y < height && x >= 0 && x < width
                    let first = ((image * height + y) * width + x) * channels
                    columns +=
                        isInside ? Array(scalars[first..<first + channels]) : Array(repeating: 0, count: channels)
                }
            }
        }
        return Tensor(shape: [1, output[0] * output[1] * output[2], 9 * channels], scalars: columns)
    }
}
