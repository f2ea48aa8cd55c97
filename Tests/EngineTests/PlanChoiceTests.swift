import DiffusionEngine
import DiffusionTensors
import TestSupport
import Testing

/// The choice of plans by predicted time and memory.
@Suite struct PlanChoiceTests {
    private static func candidate(_ byteCount: Int, _ seconds: Double) -> PlanCandidate {
        PlanCandidate(byteCount: byteCount, seconds: seconds)
    }

    private static let layers = [
        [candidate(10, 1), candidate(40, 0.25)],
        [candidate(10, 1), candidate(40, 0.9)],
        [candidate(20, 2), candidate(30, 1.8), candidate(80, 0.4)],
    ]

    @Test func withoutALimitTimeDecides() {
        #expect(Self.layers.map(PlanChoice.unlimited) == [1, 1, 2])
        // A gigabyte for a hundredth of a second is too dear.
        #expect(PlanChoice.unlimited([Self.candidate(1 << 28, 0.2), Self.candidate(1 << 30, 0.19)]) == 0)
        #expect(PlanChoice.unlimited([Self.candidate(1 << 20, 0.2), Self.candidate(1 << 22, 0.19)]) == 1)
    }

    @Test func aLimitIsKeptAndSpentWhereItSavesMost() {
        #expect(PlanChoice.smallestByteCount(Self.layers) == 40)
        #expect(PlanChoice.limited(Self.layers, byteLimit: 39) == nil)
        #expect(PlanChoice.limited(Self.layers, byteLimit: 40) == [0, 0, 0])
        #expect(PlanChoice.limited(Self.layers, byteLimit: 50) == [0, 0, 1])
        #expect(PlanChoice.limited(Self.layers, byteLimit: 100) == [0, 0, 2])
        #expect(PlanChoice.limited(Self.layers, byteLimit: 130) == [1, 0, 2])
        #expect(PlanChoice.limited(Self.layers, byteLimit: 160) == [1, 1, 2])
        for limit in 40...200 {
            let chosen = PlanChoice.limited(Self.layers, byteLimit: limit) ?? []
            let total = zip(Self.layers, chosen).reduce(0) { $0 + $1.0[$1.1].byteCount }
            #expect(chosen.count == 3 && total <= limit)
        }
    }

    /// Layers enter a book as they are described, and are packed as it says.
    @Test func layersFollowTheBook() throws {
        let context = try ComputeContext(threadCount: 1)
        let weights = ArrayWeightSource(["weight": .random([64, 64, 3, 3], seed: 1), "bias": .random([64], seed: 2)])
        let descriptor = Convolution2DDescriptor(inputChannels: 64, outputChannels: 64, kernel: 3, padding: .init(1))
        let map = ExpectedFeatureMap(imageCount: 1, height: 64, width: 64)
        func method(_ limit: Int?, _ arithmetic: ProductArithmetic) throws -> ConvolutionMethod {
            let book = PlanBook(byteLimit: limit)
            let scope = WeightScope(weights).expecting(map).with(arithmetic).choosingPlans(in: book)
            let layer = Convolution2D(scope, descriptor)
            #expect(book.layers.count == 1 && book.layers[0].count == 3)
            try context.load(scope.loads)
            return layer.method
        }
        for (arithmetic, smallest) in [
            (ProductArithmetic.float32, ConvolutionMethod.frugalWinograd), (.fixed16, .direct), (.int8, .direct),
        ] {
            let ready = ConvolutionCost.byteCount(descriptor, .winograd, arithmetic)
            #expect(try method(nil, arithmetic) == .winograd)
            #expect(try method(ready, arithmetic) == .winograd)
            #expect(try method(ready - 1, arithmetic) == .frugalWinograd)
            #expect(try method(1, arithmetic) == smallest)
        }
    }

    /// Where nothing is known of the feature map, and where it is tiny beside the weights, pixels are gathered.
    @Test func smallFeatureMapsAreComputedDirectly() throws {
        let descriptor = Convolution2DDescriptor(
            inputChannels: 320, outputChannels: 320, kernel: 3, padding: .init(1))
        let weights = ArrayWeightSource(["weight": .random(descriptor.weightShape, seed: 1)])
        func method(_ side: Int?) throws -> ConvolutionMethod {
            let scope = WeightScope(weights).expecting(
                side.map { ExpectedFeatureMap(imageCount: 1, height: $0, width: $0) })
            let layer = Convolution2D(scope, descriptor, hasBias: false)
            try ComputeContext(threadCount: 1).load(scope.loads)
            return layer.method
        }
        #expect(try method(nil) == .direct)
        #expect(try method(4) == .direct)
        #expect(try method(64) == .winograd)
    }

    @Test func levelsScaleTheExpectedMap() {
        let map = ExpectedFeatureMap(imageCount: 2, height: 65, width: 96)
        #expect(map.atLevel(1) == ExpectedFeatureMap(imageCount: 2, height: 33, width: 48))
        #expect(map.atLevel(-2) == ExpectedFeatureMap(imageCount: 2, height: 260, width: 384))
        #expect(map.atLevel(9) == ExpectedFeatureMap(imageCount: 2, height: 1, width: 1))
    }
}
