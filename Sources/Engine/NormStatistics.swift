import DiffusionBasics
import DiffusionTensors
import Synchronization

/// What group norms amount to over one whole picture, measured on samples of it and given to its pieces.
///
/// A context that has one makes group norms ask it instead of their input. Norms are told apart by the order in which they
/// run: measuring and giving must run the same layers.
package final class NormStatistics: Sendable {
    private enum Use {
        /// Rows and columns at the edges of each image that do not count.
        case measuring(rowMargin: Int, columnMargin: Int)
        case giving(next: Int)
    }

    private struct State {
        var use = Use.measuring(rowMargin: 0, columnMargin: 0)
        /// Of each norm, per channel: centers, then scales, then shifts.
        var factors: [[Float]] = []
    }

    private let state = Mutex(State())

    package init() {}

    /// Norms to come are measured over the inside of all their images together.
    package func measure(rowMargin: Int, columnMargin: Int) {
        state.withLock { $0.use = .measuring(rowMargin: rowMargin, columnMargin: columnMargin) }
    }

    /// Norms to come take what was measured, from the first on.
    package func give() { state.withLock { $0.use = .giving(next: 0) } }

    /// - Parameters:
    ///   - input: `[images, height, width, channels]`.
    ///   - measure: the factors of a single image of that many channels.
    func factors(for input: Tensor, measure: (Tensor) throws -> [Float]) throws -> [Float] {
        switch state.withLock({ $0.use }) {
        case .measuring(let rows, let columns):
            let factors = try measure(input.joinedInsides(rowMargin: rows, columnMargin: columns))
            state.withLock { $0.factors.append(factors) }
            return factors
        case .giving(let next):
            return state.withLock { state in
                ensure(
                    state.factors.indices.contains(next) && state.factors[next].count == 3 * input.shape.last,
                    "norm \(next) of \(state.factors.count) on \(input.shape)")
                state.use = .giving(next: next + 1)
                return state.factors[next]
            }
        }
    }
}

extension Tensor {
    /// The insides of all images one below the other, `[1, images · (height − 2 margins), width − 2 margins, channels]`.
    fileprivate func joinedInsides(rowMargin: Int, columnMargin: Int) -> Tensor {
        let (height, width, channels) = (shape[1], shape[2], shape[3])
        let (rows, columns) = (height - 2 * rowMargin, width - 2 * columnMargin)
        ensure(rows > 0 && columns > 0, "margins of \(rowMargin) and \(columnMargin) in \(shape)")
        return withUnsafeScalars { source in
            Tensor(shape: [1, shape[0] * rows, columns, channels]) { target in
                for row in 0..<shape[0] * rows {
                    let (image, y) = row.quotientAndRemainder(dividingBy: rows)
                    let start = ((image * height + rowMargin + y) * width + columnMargin) * channels
                    let line = UnsafeMutableBufferPointer(
                        rebasing: target[row * columns * channels..<(row + 1) * columns * channels])
                    _ = line.initialize(from: source[start..<start + columns * channels])
                }
            }
        }
    }
}
