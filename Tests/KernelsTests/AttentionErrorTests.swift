import CDiffusionKernels
import Foundation
import Testing

/// Fixed-point attention against attention in double, with bounds made of the half steps of all that is rounded.
@Suite("Error of fixed-point attention") struct AttentionErrorTests {
    @Test(
        "no result is off by more than the roundings allow", arguments: KernelPath.availableForFixedPoint,
        HeadSizes.awkward)
    func errorIsBounded(path: KernelPath, sizes: HeadSizes) throws {
        for (index, spread) in [Float(0), 1, 5, 1e4].enumerated() {
            try expectBounds(HeadProblem(sizes, seed: 100 + UInt64(index), spread: spread), path)
        }
    }

    @Test("one score far above the others takes that key's value", arguments: KernelPath.availableForFixedPoint)
    func oneDominates(path: KernelPath) throws {
        for keys in [2, 77, 300] {
            let sizes = HeadSizes(queries: 3, keys: keys, keyWidth: 40, valueWidth: 40)
            var problem = HeadProblem(sizes, seed: 110)
            let chosen = keys / 2
            for c in 0..<40 { problem.keys[chosen * 40 + c] = 20 * problem.queries[c] }
            try expectBounds(problem, path)
            let head = PackedHead(try path.attentionTable(), problem)
            let result = try head.row(0, of: head.attend(path.attentionTable()))
            for (column, found) in result.enumerated() {
                let step = head.values.scale(key: chosen, column: column)
                #expect(abs(Double(found) - problem.value(chosen, column)) <= halfStep * step)
            }
        }
    }

    @Test("a block of faint keys keeps its share", arguments: KernelPath.availableForFixedPoint)
    func faintKeysCount(path: KernelPath) throws {
        // One key outweighs each of 4096 others e^9 times, all of them together not quite twice.
        let sizes = HeadSizes(queries: 1, keys: 4097, keyWidth: 2, valueWidth: 1)
        var problem = HeadProblem(sizes, seed: 111)
        problem.queries = [Float(2).squareRoot(), 0]
        problem.keys = (0..<4097).flatMap { [$0 == 4096 ? Float(9) : 0, 0] }
        problem.values = (0..<4097).map { $0 == 4096 ? 0 : 1 }
        let head = PackedHead(try path.attentionTable(), problem)
        let result = try head.attend(path.attentionTable())[0], share = 4096 / (4096 + exp(9.0))
        #expect(abs(Double(result) - share) <= 1e-3 * share)
    }

    /// On one path: the others give the same bytes.
    @Test("the mean error is that of independent roundings", arguments: KernelPath.availableForFixedPoint.suffix(1))
    func meanErrorIsPredicted(path: KernelPath) throws {
        for (index, width) in [40, 64, 160, 512].enumerated() {
            let sizes = HeadSizes(queries: 192, keys: 400, keyWidth: width, valueWidth: 20)
            for spread in [Float(1), 3] {
                let problem = HeadProblem(sizes, seed: 120 + UInt64(index), spread: spread)
                let head = PackedHead(try path.attentionTable(), problem)
                let sums = MeanErrors(problem, head, try head.attend(path.attentionTable()))
                #expect(abs(sums.found / sums.predicted - 1) <= 0.3, "\(sums.found / sums.predicted)")
                #expect(sums.predicted <= 1e-3 * sums.energy.squareRoot())
            }
        }
    }

    private func expectBounds(_ problem: HeadProblem, _ path: KernelPath) throws {
        let head = PackedHead(try path.attentionTable(), problem)
        let result = head.attend(try path.attentionTable())
        for query in 0..<problem.sizes.queries {
            let bounds = QueryBounds(problem, head, query: query)
            for (column, found) in head.row(query, of: result).enumerated() {
                let (exact, bound) = bounds.exactAndBound(column)
                #expect(abs(Double(found) - exact) <= bound, "query \(query), column \(column)")
            }
        }
    }
}

/// What one query's results may be off by.
private struct QueryBounds {
    let problem: HeadProblem
    let head: PackedHead
    /// exp(score - largest), and its sum.
    let weights: [Double]
    let sum: Double
    /// The largest weight of each key's block.
    let blockMaxima: [Double]
    /// The largest error of a score.
    let scoreError: Double

    init(_ problem: HeadProblem, _ head: PackedHead, query: Int) {
        (self.problem, self.head) = (problem, head)
        let scores = problem.scores(query: query), largest = scores.max() ?? 0
        let weights = scores.map { exp($0 - largest) }
        self.weights = weights
        sum = weights.reduce(0, +)
        blockMaxima = weights.indices.map { key in
            let first = key / keyBlock * keyBlock
            return weights[first..<min(first + keyBlock, weights.count)].max() ?? 0
        }
        let errors = scores.indices.map { Self.error(of: $0, problem, head, query) }
        // Six roundings in single on the way from the integers to the exponent.
        scoreError = (errors.max() ?? 0) + 6 * eps * (scores.map { abs($0) }.max() ?? 0)
    }

    private static func error(of key: Int, _ problem: HeadProblem, _ head: PackedHead, _ query: Int) -> Double {
        let width = problem.sizes.keyWidth, a = Double(head.queries.scales[query])
        var error = 0.0
        for c in 0..<width {
            let q = abs(Double(problem.queries[query * width + c])), k = abs(Double(problem.keys[key * width + c]))
            let b = head.keys.scale(output: key, channel: c)
            error += halfStep * (q * b + k * a + a * b)
        }
        return error / Double(width).squareRoot()
    }

    func exactAndBound(_ column: Int) -> (exact: Double, bound: Double) {
        var exact = 0.0, step = 0.0
        for key in weights.indices {
            exact += weights[key] / sum * problem.value(key, column)
            step = max(step, head.values.scale(key: key, column: column))
        }
        // Each weight is off by 2e-4, and the two powers that carry a block's to the end by 3e-6; below 2^-30 these stop.
        let growth = exp(scoreError + 2.1e-4), relative = growth - 1
        var bound = 0.0, magnitude = 0.0
        for key in weights.indices {
            let distance = abs(problem.value(key, column) - exact)
            let rounding = 0.5 / weightLimit * max(blockMaxima[key], 0x1p-29)
            bound += (weights[key] * relative + (rounding + 0x1p-29) * growth) * distance
            magnitude = max(magnitude, abs(problem.value(key, column)))
        }
        let blocks = Double((weights.count + keyBlock - 1) / keyBlock)
        return (exact, bound / sum * growth + halfStep * step + 4 * (blocks + 2) * eps * magnitude)
    }
}

/// Root mean squares of the error: found, and predicted from the variance 1/12 of a rounding's step.
private struct MeanErrors {
    var found = 0.0
    var predicted = 0.0
    /// The mean square of the results.
    var energy = 0.0

    init(_ problem: HeadProblem, _ head: PackedHead, _ result: [Float]) {
        let sizes = problem.sizes, count = Double(sizes.queries * sizes.valueWidth)
        for query in 0..<sizes.queries {
            let probabilities = problem.probabilities(query: query), exact = problem.exact(probabilities)
            let variances = Self.weightVariances(problem, head, query, probabilities)
            for (column, value) in head.row(query, of: result).enumerated() {
                let error = Double(value) - exact[column]
                found += error * error / count
                energy += exact[column] * exact[column] / count
                for key in 0..<sizes.keys {
                    let distance = problem.value(key, column) - exact[column]
                    let step = probabilities[key] * head.values.scale(key: key, column: column)
                    predicted += (variances[key] * distance * distance + step * step / 12) / count
                }
            }
        }
        (found, predicted) = (found.squareRoot(), predicted.squareRoot())
    }

    /// The relative variance of a weight before it is rounded: steps of 1/4096 in the exponent, and the polynomial, whose
    /// error swings between ±1.1e-4.
    private static let powerVariance = pow(log(2.0) / Double(dk_attention_steps), 2) / 12 + 1.1e-4 * 1.1e-4 / 2

    /// The variance of each probability: of its score, of the power of two, and of its weight's rounding.
    private static func weightVariances(
        _ problem: HeadProblem, _ head: PackedHead, _ query: Int, _ probabilities: [Double]
    ) -> [Double] {
        let width = problem.sizes.keyWidth, a = Double(head.queries.scales[query])
        return probabilities.indices.map { key in
            var variance = 0.0
            for c in 0..<width {
                let q = Double(problem.queries[query * width + c]), k = Double(problem.keys[key * width + c])
                let b = head.keys.scale(output: key, channel: c)
                variance += (a * a * k * k + b * b * q * q) / 12
            }
            let first = key / keyBlock * keyBlock, last = min(first + keyBlock, probabilities.count)
            let step = (probabilities[first..<last].max() ?? 0) / weightLimit
            let relative = variance / Double(width) + powerVariance
            return probabilities[key] * probabilities[key] * relative + step * step / 12
        }
    }
}
