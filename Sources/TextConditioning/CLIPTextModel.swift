import DiffusionBasics
import DiffusionEngine
import DiffusionTensors

/// The text-conditioning encoder: token ids to context vectors (transformers `CLIPTextModel`).
public struct CLIPTextModel: Sendable {
    public let configuration: CLIPTextConfiguration
    private let embedding: ResidentLayer<Embedding>
    private let layers: [ResidentLayer<CLIPEncoderLayer>]
    private let finalNorm: LayerNorm

    /// What the encoder makes of token ids; every tensor is `[rows, tokens, hidden size]`.
    package struct Output: Sendable {
        /// Embeddings first, then each layer's output, before the final norm.
        package var hiddenStates: [Tensor]
        /// The last of them after the final norm: the context of Stable Diffusion 1.x and 2.x.
        package var lastHiddenState: Tensor
    }

    /// Describes the network; its weights are read when the scope's loads run.
    /// - Parameter weights: the root of the file; the names may or may not begin with `text_model.`, as transformers of
    ///   different ages write them.
    package init(_ weights: WeightScope, configuration: CLIPTextConfiguration) {
        self.configuration = configuration
        let prefixed = weights["text_model"]
        let isPrefixed = prefixed.contains("embeddings.token_embedding.weight")
        let model = isPrefixed || !weights.contains("embeddings.token_embedding.weight") ? prefixed : weights
        let width = configuration.hiddenSize
        embedding = ResidentLayer(model["embeddings"]) { Embedding($0, configuration) }
        layers = (0..<configuration.layerCount).map { index in
            ResidentLayer(model["encoder"]["layers"][index]) { CLIPEncoderLayer($0, configuration) }
        }
        finalNorm = LayerNorm(model["final_layer_norm"], width: width, epsilon: configuration.normEpsilon)
    }

    /// - Parameter ids: rows of equal length, at most `positionCount`; the tokenizer pads them.
    /// - Throws: `TextModelError` for ids beyond the vocabulary or rows too long; `CancellationError`, `MemoryError`.
    package func callAsFunction(_ ids: [[Int]], in context: ComputeContext) throws -> Output {
        var states = [try embeddings(ids, try embedding.loaded(in: context))]
        for layer in layers {
            try context.checkCancellation()
            states.append(try layer.loaded(in: context)(states[states.count - 1], in: context))
        }
        return Output(hiddenStates: states, lastHiddenState: try finalNorm(states[states.count - 1], in: context))
    }

    /// The states `skipping` layers before the last, after the final norm, as diffusers' `clip_skip` takes them.
    /// - Parameter skipping: 0 for the last layer; less than the layer count.
    package func context(
        of ids: [[Int]], skipping: Int = 0, in compute: ComputeContext
    ) throws -> Tensor {
        let output = try self(ids, in: compute)
        if skipping == 0 { return output.lastHiddenState }
        guard (0..<layers.count).contains(skipping) else {
            throw TextModelError.clipSkip(skipping, layerCount: layers.count)
        }
        return try finalNorm(output.hiddenStates[layers.count - skipping], in: compute)
    }

    private func embeddings(_ ids: [[Int]], _ embedding: Embedding) throws -> Tensor {
        let width = configuration.hiddenSize
        let length = ids.first?.count ?? 0
        guard length <= configuration.positionCount else {
            throw TextModelError.tooLong(count: length, limit: configuration.positionCount)
        }
        if let stranger = ids.joined().first(where: { !(0..<configuration.vocabularySize).contains($0) }) {
            throw TextModelError.unknownToken(stranger, vocabularySize: configuration.vocabularySize)
        }
        ensure(ids.allSatisfy { $0.count == length }, "token rows of different lengths")
        let (tokens, positions) = (embedding.tokens.value, embedding.positions.value)
        return Tensor(shape: [ids.count, length, width]) { target in
            for (index, id) in ids.joined().enumerated() {
                let position = index % length
                for column in 0..<width {
                    target[index * width + column] = tokens[id * width + column] + positions[position * width + column]
                }
            }
        }
    }
}

/// The vectors of tokens and of their places.
private struct Embedding: Sendable {
    let tokens: Loadable<[Float]>
    let positions: Loadable<[Float]>

    init(_ scope: WeightScope, _ configuration: CLIPTextConfiguration) {
        let width = configuration.hiddenSize
        func loadable(_ name: String, _ count: Int) -> Loadable<[Float]> {
            let vectors = scope[name].parameter("weight", shape: [count, width])
            return scope.loadable { try vectors.scalars() }
        }
        tokens = loadable("token_embedding", configuration.vocabularySize)
        positions = loadable("position_embedding", configuration.positionCount)
    }
}

/// Token ids that a text encoder cannot take.
public enum TextModelError: DescribedError, Equatable {
    case unknownToken(Int, vocabularySize: Int)
    case tooLong(count: Int, limit: Int)
    case clipSkip(Int, layerCount: Int)

    public var code: String {
        switch self {
        case .unknownToken: "text.unknown-token"
        case .tooLong: "text.too-long"
        case .clipSkip: "text.clip-skip"
        }
    }

    public var sentence: String {
        switch self {
        case .unknownToken(let id, let size):
            "The tokenizer made the token \(id), but the text encoder knows only 0 to \(size - 1)."
        case .tooLong(let count, let limit):
            "The prompt has \(count) tokens, but the text encoder takes \(limit) at most."
        case .clipSkip(let skip, let count):
            "clip-skip is \(skip), but the text encoder has \(count) layers: expected 0 to \(count - 1)."
        }
    }

    public var remedy: String? {
        switch self {
        case .unknownToken, .tooLong:
            "Its tokenizer folder belongs to another model: use the one it was published with."
        case .clipSkip: nil
        }
    }
}
