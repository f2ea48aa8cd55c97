import DiffusionBasics
import DiffusionTensors
import Foundation

/// UniP and UniC (arXiv 2302.04867, equations 3 and 9): the same step, with or without the output at its end.
struct UniPCUpdate: Sendable {
    /// Whether x₀ is integrated, and not ε.
    let predictsOriginal: Bool
    /// B(h) = h (`bh1`) instead of e^h − 1 (`bh2`).
    let isFirstKind: Bool

    /// - Parameters:
    ///   - sample: where the step began.
    ///   - history: outputs, newest first; the newest is that of the step's beginning.
    ///   - points: their places, as many as the order.
    ///   - corrector: the output at the end, to correct with; nil predicts.
    func applied(
        to sample: Tensor, history: [Tensor], points: [SolverPoint], end: SolverPoint, corrector: Tensor?
    ) -> Tensor {
        let (start, order) = (points[0], points.count)
        let length = end.lambda - start.lambda
        let signed = predictsOriginal ? -length : length
        let growth = expm1f(signed)
        let outputScale = predictsOriginal ? end.signal : end.noise
        let sampleScale = predictsOriginal ? end.noise / start.noise : end.signal / start.signal
        let base = sample.combined(with: history[0]) { sampleScale * $0 - outputScale * growth * $1 }

        let places = points.dropFirst().map { ($0.lambda - start.lambda) / length }
        var slopes = zip(places, history.dropFirst()).map { place, output in
            output.combined(with: history[0]) { ($0 - $1) / place }
        }
        if let corrector { slopes.append(corrector - history[0]) }
        guard !slopes.isEmpty else { return base }
        let scale = isFirstKind ? signed : growth
        let weights = weights(places: places, signed: signed, growth: growth, scale: scale, corrects: corrector != nil)
        ensure(
            weights.count == slopes.count, "\(weights.count) weights for \(slopes.count) differences, order \(order)")
        let residual = Tensor.sum(Array(zip(weights, slopes)))
        return base.combined(with: residual) { $0 - outputScale * scale * $1 }
    }

    /// The weights that make the step exact for polynomials. One unknown takes ½, as in diffusers.
    private func weights(
        places: [Float], signed: Float, growth: Float, scale: Float, corrects: Bool
    ) -> [Float] {
        let count = places.count + (corrects ? 1 : 0)
        if count == 1 { return [0.5] }
        let nodes = corrects ? places + [1] : places
        var (phi, factorial) = (growth / signed - 1, Float(1))
        var rightSide: [Float] = []
        for index in 1...count {
            rightSide.append(phi * factorial / scale)
            factorial *= Float(index + 1)
            phi = phi / signed - 1 / factorial
        }
        let powers = (0..<count).map { power in nodes.map { powf($0, Float(power)) } }
        return LinearSystem.solution(powers, rightSide)
    }
}
