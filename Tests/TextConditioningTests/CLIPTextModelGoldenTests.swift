import DiffusionBasics
import DiffusionEngine
import DiffusionTensors
import DiffusionText
import DiffusionWeights
import TestSupport
import Testing

/// The text encoder against transformers, for every architecture in the fixtures.
@Suite(.serialized) struct CLIPTextModelGoldenTests {
    @Test(arguments: try Fixture.names(in: "text_encoder"), ["padded", "short"])
    func encodesAsTransformers(_ name: String, _ golden: String) throws {
        let fixture = Fixture(name)
        let tensors = try fixture.tensors()
        let context = try ComputeContext(threadCount: 2)
        let model = try loadTextModel(fixture, in: context)
        let output = try model(try ids(tensors, golden), in: context)
        let last = try #require(tensors["\(golden)/last_hidden_state"])
        #expect(differences(output.lastHiddenState, from: last, tolerance: 1e-5, name: "\(name) \(golden)") == nil)
        #expect(output.hiddenStates.count == model.configuration.layerCount + 1)
        for (index, state) in output.hiddenStates.enumerated() {
            let expected = try #require(tensors["\(golden)/hidden_states.\(index)"])
            #expect(differences(state, from: expected, tolerance: 1e-5, name: "\(name) state \(index)") == nil)
        }
    }

    @Test func clipSkipTakesAnEarlierStateThroughTheFinalNorm() throws {
        let fixture = Fixture("text_encoder/bare_gelu_odd")
        let context = try ComputeContext(threadCount: 1)
        let model = try loadTextModel(fixture, in: context)
        let tensors = try fixture.tensors()
        let ids = try ids(tensors, "short")
        let states = try (0..<model.configuration.layerCount).map {
            try model.context(of: ids, skipping: $0, in: context)
        }
        #expect(firstDifferentBit(states[0], try model(ids, in: context).lastHiddenState) == nil)
        for skipped in 1..<states.count {
            let earlier = try #require(tensors["short/hidden_states.\(states.count - skipped)"])
            let expected = try finalNorm(earlier, fixture, epsilon: 1e-5)
            #expect(differences(states[skipped], from: expected, tolerance: 2e-5, name: "skip \(skipped)") == nil)
        }
        #expect(throws: TextModelError.clipSkip(99, layerCount: model.configuration.layerCount)) {
            try model.context(of: ids, skipping: 99, in: context)
        }
    }

    /// The final layer norm of the fixture's file, computed plainly.
    private func finalNorm(_ states: Tensor, _ fixture: Fixture, epsilon: Double) throws -> Tensor {
        let weights = try fixture.tensors("model.safetensors")
        let name = weights.keys.contains("final_layer_norm.weight") ? "" : "text_model."
        let gamma = try #require(weights["\(name)final_layer_norm.weight"]).scalars
        let beta = try #require(weights["\(name)final_layer_norm.bias"]).scalars
        let (width, all) = (states.shape.last, states.scalars)
        return Tensor(shape: states.shape) { target in
            for start in stride(from: 0, to: all.count, by: width) {
                let row = all[start..<start + width].map(Double.init)
                let mean = row.reduce(0, +) / Double(width)
                let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
                for column in 0..<width {
                    let normalized = (row[column] - mean) / (variance + epsilon).squareRoot()
                    target[start + column] = Float(normalized * Double(gamma[column]) + Double(beta[column]))
                }
            }
        }
    }

    @Test func strangeIdsAreRefused() throws {
        let context = try ComputeContext(threadCount: 1)
        let model = try loadTextModel(Fixture("text_encoder/bare_gelu_odd"), in: context)
        let size = model.configuration.vocabularySize
        #expect(throws: TextModelError.unknownToken(size, vocabularySize: size)) {
            try model([[0, size]], in: context)
        }
        let limit = model.configuration.positionCount
        #expect(throws: TextModelError.tooLong(count: limit + 1, limit: limit)) {
            try model([Array(repeating: 0, count: limit + 1)], in: context)
        }
    }

    private func ids(_ tensors: [String: Tensor], _ golden: String) throws -> [[Int]] {
        let ids = try #require(tensors["\(golden)/input_ids"])
        return (0..<ids.shape[0]).map { ids.slice($0..<$0 + 1).scalars.map { Int($0) } }
    }
}

private func loadTextModel(_ fixture: Fixture, in context: ComputeContext) throws -> CLIPTextModel {
    let reader = try fixture.configuration()
    let store = try fixture.weights("model.safetensors", rules: .textEncoder)
    let scope = WeightScope(store)
    let model = CLIPTextModel(scope, configuration: try CLIPTextConfiguration(reader))
    try store.check()
    #expect(store.unreadNames == [])
    #expect(reader.unknownKeys.isEmpty)
    try context.load(scope.loads)
    return model
}
