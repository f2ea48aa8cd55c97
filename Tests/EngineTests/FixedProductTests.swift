import DiffusionBasics
import DiffusionEngine
import DiffusionTensors
import TestSupport
import Testing

/// Linear layers and convolutions in 16-bit fixed point and in 8-bit integers beside the same in Float32.
@Suite struct FixedProductTests {
    /// A layer under an arithmetic, and its input.
    struct Layer: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let parameters: [String: Tensor]
        let input: Tensor
        let run: @Sendable (WeightScope, Tensor, ComputeContext) throws -> Tensor

        func callAsFunction(
            _ arithmetic: ProductArithmetic, _ input: Tensor? = nil, in context: ComputeContext
        ) throws -> Tensor {
            let scope = WeightScope(ArrayWeightSource(parameters)).with(arithmetic)
                .packed(for: context.instructionPath)
            return try run(scope, input ?? self.input, context)
        }
    }

    /// - Parameter addsRamp: whether a residual is added, which is the same for every image.
    static func linear(
        _ inputs: Int, _ outputs: Int, rows: Int, addsRamp: Bool = false, values: (Shape, UInt64) -> Tensor
    ) -> Layer {
        Layer(
            testDescription: "linear \(rows)×\(inputs) to \(outputs)\(addsRamp ? " on a residual" : "")",
            parameters: ["weight": values([outputs, inputs], 1), "bias": values([outputs], 2)],
            input: values([2, rows, inputs], 3)
        ) { scope, input, context in
            let layer = Linear(scope, inputs: inputs, outputs: outputs)
            try context.load(scope.loads)
            let ramp = Tensor(shape: [input.shape[0], rows, outputs]) { scalars in
                for index in scalars.indices { scalars[index] = Float(index % (rows * outputs)) / 1000 }
            }
            return try layer(input, adding: addsRamp ? ramp : nil, in: context)
        }
    }

    static func convolution(
        _ descriptor: Convolution2DDescriptor, height: Int, width: Int, values: (Shape, UInt64) -> Tensor
    ) -> Layer {
        Layer(
            testDescription: "convolution \(descriptor) of \(height)×\(width)",
            parameters: ["weight": values(descriptor.weightShape, 4), "bias": values([descriptor.outputChannels], 5)],
            input: values([2, height, width, descriptor.inputChannels], 6)
        ) { scope, input, context in
            let layer = Convolution2D(scope, descriptor)
            try context.load(scope.loads)
            return try layer(input, in: context)
        }
    }

    static func layers(_ values: (Shape, UInt64) -> Tensor) -> [Layer] {
        [1, 2, 31, 128, 129, 2560].flatMap { channels in
            [
                linear(channels, 65, rows: 7, values: values),
                convolution(
                    .init(inputChannels: channels, outputChannels: 17, kernel: 1), height: 3, width: 5, values: values),
                convolution(
                    .init(inputChannels: channels, outputChannels: 17, kernel: 3, stride: 2, padding: .init(1)),
                    height: 5, width: 4, values: values),
                convolution(
                    .init(inputChannels: channels, outputChannels: 9, kernel: 3, padding: .init(1)), height: 3,
                    width: 4, values: values),
            ]
        } + [
            convolution(
                .init(inputChannels: 12, outputChannels: 21, kernel: 5, padding: .init(2), dilation: 2, groups: 3),
                height: 9, width: 11, values: values),
            // More columns than a tile holds.
            convolution(
                .init(inputChannels: 260, outputChannels: 10, kernel: 3, padding: .init(1), groups: 2), height: 16,
                width: 16, values: values),
            linear(700, 300, rows: 600, values: values),
            // More inputs than are multiplied at a time, in parts of unequal length, by more weights than a core's cache holds.
            linear(5500, 130, rows: 77, values: values),
            // Whole blocks of 8-bit rows in every pixel.
            convolution(
                .init(inputChannels: 320, outputChannels: 17, kernel: 3, stride: 2, padding: .init(1)), height: 6,
                width: 7, values: values),
        ]
    }

    static let arithmetics: [ProductArithmetic] = [.fixed16, .int8]
    static let random = layers { .random($0, seed: $1) }
    static let onRamp = [linear(5500, 130, rows: 77, addsRamp: true) { .random($0, seed: $1) }]
    static let maxima = layers { shape, _ in Tensor(shape: shape) { $0.initialize(repeating: 3) } }

    @Test(arguments: random + onRamp, arithmetics)
    func agreesWithFloat32(_ layer: Layer, _ arithmetic: ProductArithmetic) throws {
        let context = try ComputeContext(threadCount: 2)
        let exact = try layer(.float32, in: context)
        let found = try layer(arithmetic, in: context)
        // With numbers of one size the errors of a sum grow as the sum itself does. 16 bits: rows keep half a step of
        // 1/8191 of their largest number, weights about half of 1/4000. 8 bits: both keep half of 1/127, which for numbers
        // spread evenly is an rms of 1/(127 · 2) of theirs each, √2 of that together; twice it for sums of few numbers.
        #expect(relativeError(found, exact) <= (arithmetic == .fixed16 ? 5e-4 : 2 * 5.6e-3))
    }

    /// All numbers of one sign and the largest that their scales allow: a sum that overflowed would change its sign.
    @Test(arguments: maxima, arithmetics)
    func maximaDoNotOverflow(_ layer: Layer, _ arithmetic: ProductArithmetic) throws {
        let context = try ComputeContext(threadCount: 2)
        let exact = try layer(.float32, in: context)
        let found = try layer(arithmetic, in: context)
        // In 8 bits the largest numbers are whole steps.
        #expect(relativeError(found, exact) <= (arithmetic == .fixed16 ? 2e-3 : 1e-5))
    }

    @Test(arguments: random + onRamp, arithmetics)
    func everyPathAndThreadCountGivesTheSameBytes(_ layer: Layer, _ arithmetic: ProductArithmetic) throws {
        let reference = try layer(arithmetic, in: ComputeContext(threadCount: 1, instructionPath: .portable))
        for path in InstructionPath.allCases where path.isAvailable {
            for threadCount in [1, 2, 3, 8] {
                let context = try ComputeContext(threadCount: threadCount, instructionPath: path)
                let found = try layer(arithmetic, in: context)
                #expect(firstDifferentBit(found, reference) == nil, "\(path.rawValue), \(threadCount) threads")
            }
        }
    }

    @Test(arguments: random + onRamp, arithmetics)
    func anImageOfABatchHasTheBytesItHasAlone(_ layer: Layer, _ arithmetic: ProductArithmetic) throws {
        let context = try ComputeContext(threadCount: 2)
        let together = try layer(arithmetic, in: context)
        for image in 0..<2 {
            let alone = try layer(arithmetic, layer.input.slice(image..<image + 1), in: context)
            #expect(firstDifferentBit(alone, together.slice(image..<image + 1)) == nil)
        }
    }

    @Test(arguments: random, [Float.nan, .infinity, -.infinity])
    func whatIsNotFiniteIsAnError(_ layer: Layer, _ value: Float) throws {
        let context = try ComputeContext(threadCount: 2)
        var input = layer.input
        input.withUnsafeMutableScalars { $0[$0.count / 2] = value }
        for arithmetic in Self.arithmetics {
            #expect(throws: NonFiniteValueError()) { try layer(arithmetic, input, in: context) }
        }
        var parameters = layer.parameters
        parameters["weight"]?.withUnsafeMutableScalars { $0[$0.count / 2] = value }
        let damaged = Layer(
            testDescription: "damaged", parameters: parameters, input: layer.input, run: layer.run)
        for arithmetic in Self.arithmetics {
            #expect(throws: NonFiniteValueError(place: "weight")) { try damaged(arithmetic, in: context) }
        }
    }

    @Test(arguments: random, arithmetics)
    func zerosAndDenormalsGiveTheBias(_ layer: Layer, _ arithmetic: ProductArithmetic) throws {
        let context = try ComputeContext(threadCount: 1)
        for value in [0, Float.leastNonzeroMagnitude, -Float.leastNormalMagnitude / 2] {
            let input = Tensor(shape: layer.input.shape) { $0.initialize(repeating: value) }
            let found = try layer(arithmetic, input, in: context)
            let bias = try #require(layer.parameters["bias"]).scalars
            #expect(found.scalars.enumerated().allSatisfy { $1 == bias[$0 % bias.count] })
        }
    }
}
