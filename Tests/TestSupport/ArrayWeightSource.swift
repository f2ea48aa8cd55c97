import DiffusionTensors

/// Weights that a test made itself, by full name.
package struct ArrayWeightSource: WeightSource {
    package var tensors: [String: Tensor]

    package init(_ tensors: [String: Tensor] = [:]) { self.tensors = tensors }

    package func contains(_ name: String) -> Bool { tensors[name] != nil }

    /// Reading a parameter that the test forgot, or gave another shape, throws `ArrayWeightError`.
    package func parameter(named name: String, shape: Shape) -> Parameter {
        let tensor = tensors[name]
        return Parameter(name: name, shape: shape) { range, target in
            guard let tensor, tensor.shape == shape else {
                throw ArrayWeightError(name: name, expected: shape, found: tensor?.shape)
            }
            tensor.withUnsafeScalars { _ = target.initialize(from: $0[range]) }
        }
    }
}

package struct ArrayWeightError: Error {
    package var name: String
    package var expected: Shape
    package var found: Shape?
}
