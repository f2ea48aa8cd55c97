import DiffusionBasics
import Synchronization

/// One way to compute a layer.
package struct PlanCandidate: Sendable, Equatable {
    /// Of the packed weights.
    package var byteCount: Int
    /// Predicted for the expected feature map, of one core of the cost model's machine.
    package var seconds: Double

    package init(byteCount: Int, seconds: Double) {
        (self.byteCount, self.seconds) = (byteCount, seconds)
    }
}

/// Chooses one candidate for each layer.
package enum PlanChoice {
    /// What a byte has to save, of one core and in one run of the network, to be taken: a U-Net that needs twice the
    /// memory to be a hundredth faster serves nobody.
    private static let secondsPerByte = 0.25e-9

    /// The choice without a limit: the least of the seconds and the price of the bytes.
    /// - Returns: an index into the candidates.
    package static func unlimited(_ candidates: [PlanCandidate]) -> Int {
        func price(_ index: Int) -> Double {
            candidates[index].seconds + Double(candidates[index].byteCount) * secondsPerByte
        }
        return candidates.indices.min { price($0) < price($1) } ?? 0
    }

    /// The choices for all layers whose bytes together stay within a limit: beginning with the smallest everywhere, the
    /// exchanges that save the most seconds per byte come first. No exchange goes beyond the unlimited choice's price.
    /// - Returns: an index for each layer; nil where even the smallest are too large.
    package static func limited(_ layers: [[PlanCandidate]], byteLimit: Int) -> [Int]? {
        var chosen = layers.map(smallest)
        var total = zip(layers, chosen).reduce(0) { $0 + $1.0[$1.1].byteCount }
        guard total <= byteLimit else { return nil }
        while let next = bestExchange(layers, chosen, room: byteLimit - total) {
            total += layers[next.layer][next.candidate].byteCount - layers[next.layer][chosen[next.layer]].byteCount
            chosen[next.layer] = next.candidate
        }
        return chosen
    }

    /// The fewest bytes that all layers together can take.
    package static func smallestByteCount(_ layers: [[PlanCandidate]]) -> Int {
        layers.reduce(0) { $0 + $1[smallest($1)].byteCount }
    }

    private static func smallest(_ candidates: [PlanCandidate]) -> Int {
        candidates.indices.min {
            let (a, b) = (candidates[$0], candidates[$1])
            return (a.byteCount, a.seconds) < (b.byteCount, b.seconds)
        } ?? 0
    }

    private static func bestExchange(
        _ layers: [[PlanCandidate]], _ chosen: [Int], room: Int
    ) -> (layer: Int, candidate: Int)? {
        var best: (layer: Int, candidate: Int, gain: Double)?
        for (layer, candidates) in layers.enumerated() {
            let own = candidates[chosen[layer]]
            for (index, other) in candidates.enumerated() where other.seconds < own.seconds {
                let bytes = other.byteCount - own.byteCount
                let gain = bytes <= 0 ? .infinity : (own.seconds - other.seconds) / Double(bytes)
                guard bytes <= room, gain > max(secondsPerByte, best?.gain ?? 0) else { continue }
                best = (layer, index, gain)
            }
        }
        return best.map { ($0.layer, $0.candidate) }
    }
}

/// The layers of networks under construction whose plans are chosen together, under a limit of bytes.
///
/// Layers enter their candidates while networks are described, and ask for the choice when their weights are read: the
/// first question closes the book.
package final class PlanBook: Sendable {
    private struct State {
        var layers: [[PlanCandidate]] = []
        var choices: [Int]?
    }

    /// Nil where memory is no question.
    package let byteLimit: Int?
    private let state = Mutex(State())

    package init(byteLimit: Int? = nil) { self.byteLimit = byteLimit }

    /// What has been entered so far.
    package var layers: [[PlanCandidate]] { state.withLock { $0.layers } }

    /// - Returns: the layer's number, to ask with.
    package func enter(_ candidates: [PlanCandidate]) -> Int {
        state.withLock {
            ensure($0.choices == nil && !candidates.isEmpty, "a layer for a closed book of plans")
            $0.layers.append(candidates)
            return $0.layers.count - 1
        }
    }

    /// The chosen candidate of a layer; of each the smallest where the limit is below all that is possible.
    package func choice(ofLayer number: Int) -> Int {
        state.withLock { state in
            let choices = state.choices ?? solve(state.layers)
            state.choices = choices
            return choices[number]
        }
    }

    private func solve(_ layers: [[PlanCandidate]]) -> [Int] {
        guard let byteLimit else { return layers.map(PlanChoice.unlimited) }
        let limit = max(byteLimit, PlanChoice.smallestByteCount(layers))
        return PlanChoice.limited(layers, byteLimit: limit) ?? []
    }
}
