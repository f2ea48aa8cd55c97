import DiffusionEngine
import DiffusionTensors
import TestSupport
import Testing

/// Layers whose weights come and go.
@Suite struct WeightResidencyTests {
    private let context: ComputeContext
    private let keeper = WeightResidency(byteLimit: 0)

    init() throws { context = try ComputeContext(threadCount: 2) }

    /// Bytes of one layer of 8 × 8 floats.
    private static let layerSize = 256

    /// A network of layers that multiply by 1, 2, 3, …
    private func network(_ layerCount: Int) -> (layers: [ResidentLayer<Linear>], groups: WeightGroups) {
        let groups = WeightGroups()
        let diagonals = (0..<layerCount).map { layer in
            Tensor(shape: [8, 8], scalars: (0..<64).map { $0 % 9 == 0 ? Float(layer + 1) : 0 })
        }
        let names = (0..<layerCount).map { "\($0).weight" }
        let source = ArrayWeightSource(Dictionary(uniqueKeysWithValues: zip(names, diagonals)))
        let scope = WeightScope(source).kept(by: keeper, as: groups)
        let layers = (0..<layerCount).map { index in
            ResidentLayer(scope[index]) { Linear($0, inputs: 8, outputs: 8, hasBias: false) }
        }
        return (layers, groups)
    }

    private func product(_ layers: [ResidentLayer<Linear>]) throws -> Float {
        var hidden = Tensor(shape: [1, 8], scalars: Array(repeating: 1, count: 8))
        for layer in layers {
            hidden = try layer.loaded(in: context)(hidden, in: context)
        }
        return hidden.scalars[0]
    }

    @Test func sizesAreThoseOfTheDescription() {
        let (layers, groups) = network(3)
        #expect(groups.all.dropFirst().map(\.byteCount) == Array(repeating: Self.layerSize, count: 3))
        #expect(groups.rest.byteCount == 0 && layers.count == 3)
    }

    @Test func whatFitsIsReadOnce() throws {
        let (layers, _) = network(5)
        keeper.limit(to: 5 * Self.layerSize)
        for _ in 0..<3 { #expect(try product(layers) == 120) }
        #expect(keeper.readByteCount == 5 * Self.layerSize)
    }

    /// Of a network that does not fit as much stays as there is room for.
    @Test(arguments: 0...4) func whatDoesNotFitIsReadAgain(_ room: Int) throws {
        let (layers, _) = network(5)
        keeper.limit(to: room * Self.layerSize)
        for _ in 0..<10 { #expect(try product(layers) == 120) }
        let room = max(1, room)
        let again = 5 * 10 - 9 * (room - 1)
        #expect(keeper.readByteCount <= again * Self.layerSize)
        #expect(keeper.byteCount == room * Self.layerSize)
    }

    @Test func anotherNetworkGoesFirst() throws {
        let (first, firstGroups) = network(2)
        let (second, secondGroups) = network(3)
        keeper.limit(to: 4 * Self.layerSize)
        #expect(try product(first) == 2 && product(second) == 6)
        #expect(keeper.holds(firstGroups) && keeper.holds(secondGroups))
        keeper.limit(to: 3 * Self.layerSize)
        #expect(try product(second) == 6)
        #expect(!keeper.holds(firstGroups) && keeper.byteCount == 3 * Self.layerSize)
        keeper.release(secondGroups)
        #expect(keeper.byteCount == 0)
    }

    /// A parameter that cannot be read leaves nothing behind that counts.
    @Test func aFailureCountsNothing() throws {
        let scope = WeightScope(ArrayWeightSource()).kept(by: keeper, as: WeightGroups())
        let layer = ResidentLayer(scope) { Linear($0, inputs: 8, outputs: 8, hasBias: false) }
        keeper.limit(to: 1 << 20)
        for _ in 0..<2 { #expect(throws: ArrayWeightError.self) { try layer.loaded(in: context) } }
        #expect(keeper.byteCount == 0)
    }
}
