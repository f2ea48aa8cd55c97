import DiffusionBasics
import DiffusionTensors

extension Tensor {
    /// Σ weight · tensor, added up in order, each product rounded as PyTorch rounds it.
    static func sum(_ terms: [(weight: Float, tensor: Tensor)]) -> Tensor {
        ensure(!terms.isEmpty, "a sum of nothing")
        let first = terms[0].weight * terms[0].tensor
        return terms.dropFirst().reduce(first) { sum, term in
            let weight = term.weight
            return sum.combined(with: term.tensor) { $0 + weight * $1 }
        }
    }
}
