import DiffusionEngine
import DiffusionTensors
import TestSupport
import Testing

/// The Winograd plan against convolutions in Double, within bounds that follow from its formulas.
@Suite struct WinogradPlanTests {
    /// A convolution and its data.
    struct Problem: Sendable, CustomTestStringConvertible {
        var images = 1
        var height: Int
        var width: Int
        var inputs: Int
        var outputs: Int
        var padding = Convolution2DDescriptor.Padding(1)
        var values: @Sendable (Shape, UInt64) -> Tensor = { .random($0, seed: $1) }

        var testDescription: String {
            "\(images)×\(height)×\(width), \(inputs) to \(outputs), padding \(padding.top) \(padding.bottom) "
                + "\(padding.left) \(padding.right)"
        }

        var descriptor: Convolution2DDescriptor {
            .init(inputChannels: inputs, outputChannels: outputs, kernel: 3, padding: padding)
        }
        var input: Tensor { values([images, height, width, inputs], 1) }
        var weight: Tensor { values(descriptor.weightShape, 2) }
        var bias: Tensor { values([outputs], 3) }

        func run(
            _ arithmetic: ProductArithmetic, _ method: ConvolutionMethod = .winograd, input: Tensor? = nil,
            in context: ComputeContext
        ) throws -> Tensor {
            let scope = WeightScope(ArrayWeightSource(["weight": weight, "bias": bias])).with(arithmetic)
                .packed(for: context.instructionPath)
            let layer = Convolution2D(scope.forcing(method), descriptor)
            try context.load(scope.loads)
            return try layer(input ?? self.input, in: context)
        }

        func violation(_ found: Tensor, _ arithmetic: ProductArithmetic) -> String? {
            WinogradBound(
                input: input, weight: weight, bias: bias.scalars, padding: (padding.top, padding.left),
                isFixed: arithmetic == .fixed16
            ).firstViolation(found)
        }
    }

    static let problems = [
        Problem(height: 1, width: 1, inputs: 1, outputs: 1),
        Problem(images: 2, height: 5, width: 7, inputs: 3, outputs: 5),
        Problem(height: 4, width: 4, inputs: 16, outputs: 64),
        Problem(height: 9, width: 6, inputs: 17, outputs: 33, padding: .init(top: 0, bottom: 1, left: 0, right: 1)),
        Problem(height: 6, width: 11, inputs: 31, outputs: 66, padding: .init(top: 2, bottom: 0, left: 1, right: 3)),
        Problem(height: 3, width: 3, inputs: 129, outputs: 65, padding: .init(0)),
        Problem(height: 2, width: 9, inputs: 7, outputs: 4, padding: .init(top: 8, bottom: 5, left: 7, right: 9)),
        // More tiles than one block has, in both directions.
        Problem(height: 47, width: 41, inputs: 6, outputs: 10),
        Problem(images: 2, height: 13, width: 150, inputs: 5, outputs: 3),
        Problem(images: 3, height: 21, width: 85, inputs: 2, outputs: 130),
    ]

    static let arithmetics: [ProductArithmetic] = [.float32, .fixed16]

    @Test(arguments: problems, arithmetics)
    func staysWithinTheBound(_ problem: Problem, _ arithmetic: ProductArithmetic) throws {
        let found = try problem.run(arithmetic, in: ComputeContext(threadCount: 2))
        #expect(!found.scalars.contains { !$0.isFinite })
        #expect(problem.violation(found, arithmetic) == nil)
    }

    /// All magnitudes and signs as large as they get: in fixed point any overflow of a sum would show.
    @Test(arguments: [1, 2, 31, 128, 129, 2560], arithmetics)
    func maximaDoNotOverflow(_ inputs: Int, _ arithmetic: ProductArithmetic) throws {
        for sign: Float in [1, -1] {
            let problem = Problem(height: 5, width: 6, inputs: inputs, outputs: 3) { shape, seed in
                Tensor(shape: shape) { $0.initialize(repeating: seed == 2 ? sign * 2 : 3) }
            }
            let found = try problem.run(arithmetic, in: ComputeContext(threadCount: 1))
            #expect(problem.violation(found, arithmetic) == nil)
        }
    }

    @Test(arguments: arithmetics) func zerosGiveTheBias(_ arithmetic: ProductArithmetic) throws {
        let problem = Problem(images: 2, height: 9, width: 10, inputs: 20, outputs: 18)
        let zeros = Tensor(zeros: problem.input.shape)
        let found = try problem.run(arithmetic, input: zeros, in: ComputeContext(threadCount: 2)).scalars
        let bias = problem.bias.scalars
        #expect(found.indices.allSatisfy { found[$0] == bias[$0 % bias.count] })
    }

    /// One channel 10⁶ times the others: the bound grows with it, and holds.
    @Test(arguments: arithmetics) func outliersStayWithinTheBound(_ arithmetic: ProductArithmetic) throws {
        let problem = Problem(height: 10, width: 9, inputs: 40, outputs: 6) { shape, seed in
            let values = Tensor.random(shape, seed: seed).scalars
            let isInput = seed == 1
            return Tensor(
                shape: shape, scalars: values.indices.map { isInput && $0 % 40 == 7 ? values[$0] * 1e6 : values[$0] })
        }
        let found = try problem.run(arithmetic, in: ComputeContext(threadCount: 2))
        #expect(problem.violation(found, arithmetic) == nil)
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity]) func whatIsNotFiniteIsAnErrorInFixedPoint(_ value: Float)
        throws
    {
        for problem in Self.problems where problem.inputs > 1 {
            var scalars = problem.input.scalars
            scalars[scalars.count / 2] = value
            let input = Tensor(shape: problem.input.shape, scalars: scalars)
            let context = try ComputeContext(threadCount: 2)
            #expect(throws: NonFiniteValueError()) { try problem.run(.fixed16, input: input, in: context) }
            #expect(try problem.run(.float32, input: input, in: context).scalars.contains { !$0.isFinite })
        }
    }

    /// Transformed numbers spread too far for 8 bits: 16 carry them under that arithmetic too.
    @Test(arguments: problems) func eightBitsDoNotReachTheTransforms(_ problem: Problem) throws {
        let context = try ComputeContext(threadCount: 2)
        let (draft, fixed) = (try problem.run(.int8, in: context), try problem.run(.fixed16, in: context))
        #expect(firstDifferentBit(draft, fixed) == nil)
    }

    @Test func weightsThatAreNotFiniteAreNamed() throws {
        let problem = Problem(height: 5, width: 6, inputs: 3, outputs: 70) { shape, seed in
            Tensor(shape: shape) { $0.initialize(repeating: seed == 2 ? .nan : 1) }
        }
        #expect(throws: NonFiniteValueError(place: "weight")) {
            try problem.run(.fixed16, in: ComputeContext(threadCount: 1))
        }
    }

    @Test(arguments: problems, arithmetics)
    func isTheSameOnEveryPathAndThreadCount(_ problem: Problem, _ arithmetic: ProductArithmetic) throws {
        let reference = try problem.run(arithmetic, in: ComputeContext(threadCount: 1, instructionPath: .portable))
        for path in InstructionPath.allCases where path.isAvailable {
            for threadCount in [1, 2, 3, 8] {
                let context = try ComputeContext(threadCount: threadCount, instructionPath: path)
                let found = try problem.run(arithmetic, in: context)
                #expect(firstDifferentBit(found, reference) == nil, "\(path.rawValue), \(threadCount) threads")
            }
        }
    }

    /// Weights that are made in every run are those that stand ready.
    @Test(arguments: problems) func weightsMadeInEveryRunAreTheSame(_ problem: Problem) throws {
        for path in InstructionPath.allCases where path.isAvailable {
            let expected = try problem.run(.fixed16, in: ComputeContext(threadCount: 2, instructionPath: path))
            for threadCount in [1, 3] {
                let context = try ComputeContext(threadCount: threadCount, instructionPath: path)
                let found = try problem.run(.fixed16, .frugalWinograd, in: context)
                #expect(firstDifferentBit(found, expected) == nil, "\(path.rawValue), \(threadCount) threads")
            }
        }
    }

    /// In Float32 the sums of OpenBLAS may go another way round.
    @Test(arguments: problems) func weightsMadeInEveryRunStayWithinTheBound(_ problem: Problem) throws {
        let found = try problem.run(.float32, .frugalWinograd, in: ComputeContext(threadCount: 2))
        #expect(problem.violation(found, .float32) == nil)
        let alone = try problem.run(.float32, .frugalWinograd, in: ComputeContext(threadCount: 1))
        #expect(firstDifferentBit(found, alone) == nil)
    }

    /// An image of a batch has the bytes that it has alone, also where a batch is cut into groups.
    @Test(arguments: arithmetics, [ConvolutionMethod.winograd, .frugalWinograd])
    func imagesOfABatchAreIndependent(_ arithmetic: ProductArithmetic, _ method: ConvolutionMethod) throws {
        let context = try ComputeContext(threadCount: 2)
        for (height, width) in [(9, 10), (16, 16), (45, 38)] {
            var problem = Problem(images: 19, height: height, width: width, inputs: 12, outputs: 20)
            let together = try problem.run(arithmetic, method, in: context)
            let input = problem.input
            problem.images = 1
            for image in [0, 7, 18] {
                let alone = try problem.run(
                    arithmetic, method, input: input.slice(image..<image + 1), in: context)
                #expect(firstDifferentBit(alone, together.slice(image..<image + 1)) == nil)
            }
        }
    }
}
