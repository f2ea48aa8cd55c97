import DiffusionEngine
import DiffusionTensors
import TestSupport
import Testing

/// What a convolution does on its way in and out, beside the same steps one after the other.
@Suite struct ConvolutionInputTests {
    /// Two feature maps that a convolution reads as one, and what else it may be given.
    private struct Fusion {
        let first = Tensor.random([2, 11, 9, 20], seed: 1, in: -2...3)
        let second = Tensor.random([2, 11, 9, 12], seed: 2, in: -3...2)
        let vectors = Tensor.random([2, 18], seed: 3)
        let parameters: [String: Tensor]
        let kernel: Int

        init(kernel: Int) {
            self.kernel = kernel
            parameters = [
                "weight": .random([18, 32, kernel, kernel], seed: 4), "bias": .random([18], seed: 5),
                "norm.weight": .random([32], seed: 6), "norm.bias": .random([32], seed: 7),
            ]
        }

        func layers(
            _ method: ConvolutionMethod, _ arithmetic: ProductArithmetic, in context: ComputeContext
        ) throws -> (Convolution2D, GroupNorm) {
            let scope = WeightScope(ArrayWeightSource(parameters)).with(arithmetic).forcing(method)
            let convolution = Convolution2D(
                scope,
                .init(inputChannels: 32, outputChannels: 18, kernel: kernel, padding: .init(kernel / 2)))
            // Groups of 4 and 8 channels do not end where the first feature map does.
            let norm = GroupNorm(scope["norm"], groups: 4, channels: 32, epsilon: 1e-5)
            try context.load(scope.loads)
            return (convolution, norm)
        }
    }

    static let methods: [(ConvolutionMethod, Int)] = [
        (.winograd, 3), (.frugalWinograd, 3), (.direct, 3), (.pointwise, 1),
    ]

    /// Joining, normalising, activating and resizing move pixels or change them one by one: the convolution sees the same.
    @Test(arguments: methods, WinogradPlanTests.arithmetics)
    func readsWhatTheStepsWouldMake(_ method: (ConvolutionMethod, Int), _ arithmetic: ProductArithmetic) throws {
        let context = try ComputeContext(threadCount: 3)
        let fusion = Fusion(kernel: method.1)
        let (convolution, norm) = try fusion.layers(method.0, arithmetic, in: context)
        let joined = try concatenateChannels(fusion.first, fusion.second, in: context)
        let input = ConvolutionInput(fusion.first, joining: fusion.second)
        for activation in [nil, Activation.silu, .gelu] {
            let normalization = try norm.normalization(of: input, activation: activation, in: context)
            var steps = try norm(joined, in: context)
            if let activation { steps = try activation(steps, in: context) }
            let found = try convolution(input.normalized(normalization), in: context)
            #expect(differences(found, from: try convolution(steps, in: context), tolerance: 1e-5, name: "norm") == nil)
        }
        for (height, width) in [(22, 18), (23, 17), (5, 9)] {
            let larger = try upsampleNearest(joined, height: height, width: width, in: context)
            let found = try convolution(input.resized(height: height, width: width), in: context)
            #expect(firstDifferentBit(found, try convolution(larger, in: context)) == nil)
        }
    }

    /// The residual's memory becomes the output's where nobody else holds it, and is left alone where somebody does.
    @Test(arguments: methods, WinogradPlanTests.arithmetics)
    func addsVectorsAndResidual(_ method: (ConvolutionMethod, Int), _ arithmetic: ProductArithmetic) throws {
        let context = try ComputeContext(threadCount: 2)
        let fusion = Fusion(kernel: method.1)
        let (convolution, _) = try fusion.layers(method.0, arithmetic, in: context)
        let input = ConvolutionInput(fusion.first, joining: fusion.second)
        let kept = Tensor.random([2, 11, 9, 18], seed: 8)
        let before = kept.scalars
        let steps = try add(
            try addPerImage(try convolution(input, in: context), fusion.vectors, in: context), kept, in: context)
        let apart = try convolution(input, adding: fusion.vectors, residual: kept, in: context)
        #expect(differences(apart, from: steps, tolerance: 1e-6, name: "sum") == nil)
        #expect(kept.scalars == before)
        let given = Tensor.random([2, 11, 9, 18], seed: 8)
        let address = given.withUnsafeScalars { $0.baseAddress }
        let within = try convolution(input, adding: fusion.vectors, residual: consume given, in: context)
        #expect(within.withUnsafeScalars { $0.baseAddress } == address)
        // OpenBLAS begins its sums with what is there; all others add the residual in the end.
        let isAddedLast = method.0 == .winograd || method.0 == .frugalWinograd
        if arithmetic == .fixed16 || isAddedLast { #expect(firstDifferentBit(within, apart) == nil) }
        #expect(differences(within, from: apart, tolerance: 1e-6, name: "in place") == nil)
    }

    /// Moments of two feature maps beside each other are those of the joined one, far from zero too.
    @Test(arguments: [Float(0), 1e4]) func normalisesAcrossTheSeam(_ offset: Float) throws {
        let context = try ComputeContext(threadCount: 2)
        let (_, norm) = try Fusion(kernel: 1).layers(.pointwise, .float32, in: context)
        let first = Tensor.random([2, 70, 61, 20], seed: 1, in: offset - 1...offset + 1)
        let second = Tensor.random([2, 70, 61, 12], seed: 2, in: offset - 2...offset + 1)
        let joined = try concatenateChannels(first, second, in: context)
        let found = try norm.normalization(
            of: ConvolutionInput(first, joining: second), activation: nil, in: context)
        let whole = try norm.normalization(of: ConvolutionInput(joined), activation: nil, in: context)
        #expect(differences(found.factors, from: whole.factors, tolerance: 1e-6, name: "factors") == nil)
        let result = try norm(joined, in: context).scalars.map(Double.init)
        let expected = groupNorm(joined, norm: Fusion(kernel: 1).parameters, groups: 4)
        // Sums of eight pixels are rounded to Float: 8 · 2⁻²⁴ of the mean at most, over a deviation above a half.
        let worst = zip(result, expected).map { abs($0 - $1) }.max() ?? 1
        #expect(worst <= 2e-6 + 16 * 0x1p-24 * Double(offset))
    }

    /// In Double, two passes.
    private func groupNorm(_ input: Tensor, norm: [String: Tensor], groups: Int) -> [Double] {
        let (images, channels) = (input.shape[0], input.shape.last)
        let (pixels, size) = (input.shape[1] * input.shape[2], channels / groups)
        let values = input.scalars.map(Double.init)
        let gamma = norm["norm.weight"]?.scalars ?? [], beta = norm["norm.bias"]?.scalars ?? []
        var result = values
        for image in 0..<images {
            for group in 0..<groups {
                let places = (0..<pixels * size).map {
                    (image * pixels + $0 / size) * channels + group * size + $0 % size
                }
                let mean = places.reduce(0) { $0 + values[$1] } / Double(places.count)
                let variance = places.reduce(0) { $0 + (values[$1] - mean) * (values[$1] - mean) }
                let deviation = (variance / Double(places.count) + 1e-5).squareRoot()
                for place in places {
                    let channel = place % channels
                    result[place] =
                        (values[place] - mean) / deviation * Double(gamma[channel]) + Double(beta[channel])
                }
            }
        }
        return result
    }
}
