import DiffusionBasics
import DiffusionEngine
import DiffusionTensors
import TestSupport
import Testing

/// One case of `Fixtures/engine/operations`, and our computation of it.
struct GoldenOperation: Sendable, CustomTestStringConvertible {
    let name: String
    let operation: String
    private let parameters: JSONObject
    private let tensors: [String: Tensor]

    var testDescription: String { name }
    var expected: Tensor { get throws { try tensor("output") } }
    var isExtreme: Bool { parameters["values"]?.string == "extreme" }

    /// - Throws: where a case lacks something.
    static func all() throws -> [GoldenOperation] {
        let fixture = Fixture("engine/operations")
        let tensors = try fixture.tensors()
        return try (fixture.json("cases.json").object?["cases"]?.array ?? []).map { node in
            guard let name = node.object?["name"]?.string, let operation = node.object?["operation"]?.string,
                let parameters = node.object?["parameters"]?.object
            else { throw MissingValue(name: "a case's name, operation or parameters") }
            let own = tensors.filter { $0.key.hasPrefix("\(name)/") }
            return GoldenOperation(
                name: name, operation: operation, parameters: parameters,
                tensors: Dictionary(
                    uniqueKeysWithValues: own.map { (String($0.key.dropFirst(name.count + 1)), $0.value) }))
        }
    }

    private func tensor(_ key: String) throws -> Tensor {
        guard let tensor = tensors[key] else { throw MissingValue(name: "\(name)/\(key)") }
        return tensor
    }

    private func number(_ key: String) throws -> Double {
        guard let value = parameters[key]?.number?.double else { throw MissingValue(name: "\(name): \(key)") }
        return value
    }

    private func steps(_ key: String) throws -> Convolution2DDescriptor.Steps {
        guard let pair = parameters[key]?.array?.compactMap({ $0.number?.integer(as: Int.self) }), pair.count == 2
        else {
            throw MissingValue(name: "\(name): \(key)")
        }
        return .init(vertical: pair[0], horizontal: pair[1])
    }
}

struct MissingValue: Error {
    var name: String
}

extension GoldenOperation {
    /// Our result, in the layout of the expected one.
    func run(in context: ComputeContext) throws -> Tensor {
        switch operation {
        case "conv2d": try convolution(in: context)
        case "linear": try linear(in: context)
        case "group_norm": try groupNorm(in: context)
        case "layer_norm": try layerNorm(in: context)
        case "silu": try Activation.silu(tensor("x"), in: context)
        case "gelu": try Activation.gelu(tensor("x"), in: context)
        case "quick_gelu": try Activation.quickGELU(tensor("x"), in: context)
        case "geglu": try geglu(tensor("x"), in: context)
        case "attention": try attentionOverHeads(in: context)
        case "nearest_upsample": try upsample(in: context)
        default: throw MissingValue(name: "operation \(operation)")
        }
    }

    private var scope: WeightScope { WeightScope(ArrayWeightSource(tensors)) }

    private func convolution(in context: ComputeContext) throws -> Tensor {
        let (x, weight) = (try tensor("x"), try tensor("weight"))
        guard let padding = parameters["padding"]?.object else { throw MissingValue(name: "\(name): padding") }
        func edge(_ key: String) -> Int { padding[key]?.number?.integer() ?? 0 }
        let scope = scope
        let layer = Convolution2D(
            scope,
            Convolution2DDescriptor(
                inputChannels: x.shape[1], outputChannels: weight.shape[0], kernelHeight: weight.shape[2],
                kernelWidth: weight.shape[3], stride: try steps("stride"),
                padding: .init(top: edge("top"), bottom: edge("bottom"), left: edge("left"), right: edge("right")),
                dilation: try steps("dilation"), groups: Int(try number("groups"))),
            hasBias: tensors["bias"] != nil)
        try context.load(scope.loads)
        return try toNCHW(layer(try toNHWC(x, in: context), in: context), in: context)
    }

    private func linear(in context: ComputeContext) throws -> Tensor {
        let (x, weight, scope) = (try tensor("x"), try tensor("weight"), scope)
        let layer = Linear(
            scope, inputs: weight.shape[1], outputs: weight.shape[0], hasBias: tensors["bias"] != nil)
        try context.load(scope.loads)
        return try layer(x, in: context)
    }

    private func groupNorm(in context: ComputeContext) throws -> Tensor {
        let (x, scope) = (try tensor("x"), scope)
        let layer = GroupNorm(
            scope, groups: Int(try number("groups")), channels: x.shape[1], epsilon: try number("eps"))
        try context.load(scope.loads)
        return try toNCHW(layer(try toNHWC(x, in: context), in: context), in: context)
    }

    private func layerNorm(in context: ComputeContext) throws -> Tensor {
        let (x, scope) = (try tensor("x"), scope)
        let layer = LayerNorm(scope, width: x.shape.last, epsilon: try number("eps"))
        try context.load(scope.loads)
        return try layer(x, in: context)
    }

    /// torch has `[B, heads, tokens, d]`, we have `[B, tokens, heads × d]`.
    private func attentionOverHeads(in context: ComputeContext) throws -> Tensor {
        func tokens(_ key: String) throws -> Tensor {
            let shape = try tensor(key).shape
            return try tensor(key).swappingAxes12.reshaped(to: [shape[0], shape[2], shape[1] * shape[3]])
        }
        let query = try tensor("query").shape
        let result = try attention(
            query: try tokens("query"), key: try tokens("key"), value: try tokens("value"), heads: query[1],
            mask: parameters["causal"]?.bool == true ? .causal : .none, in: context)
        return result.reshaped(to: [query[0], query[2], query[1], result.shape[2] / query[1]]).swappingAxes12
    }

    private func upsample(in context: ComputeContext) throws -> Tensor {
        let resized = try upsampleNearest(
            toNHWC(tensor("x"), in: context), height: Int(try number("height")), width: Int(try number("width")),
            in: context)
        return try toNCHW(resized, in: context)
    }
}

extension Tensor {
    /// `[a, b, c, d]` to `[a, c, b, d]`.
    fileprivate var swappingAxes12: Tensor {
        let (b, c, d) = (shape[1], shape[2], shape[3])
        let source = scalars
        return Tensor(shape: [shape[0], c, b, d]) { target in
            for index in source.indices {
                let (row, column) = index.quotientAndRemainder(dividingBy: d)
                let (outer, inner) = row.quotientAndRemainder(dividingBy: b * c)
                let (i, j) = inner.quotientAndRemainder(dividingBy: c)
                target[((outer * c + j) * b + i) * d + column] = source[index]
            }
        }
    }
}
