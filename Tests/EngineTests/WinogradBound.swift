import DiffusionTensors

/// A 3×3 convolution of stride 1 in Double, and how far Winograd's transforms may stray from it.
///
/// The bound follows the computation: every transform's rounding as `DiffusionWinograd.h` states it, the rounding of the
/// products' sums in any order, and in fixed point half a step of each row and each weight (`DiffusionFixedPoint.h`).
struct WinogradBound {
    let input: Tensor
    let weight: Tensor
    let bias: [Float]
    /// Above and left of the picture.
    let padding: (top: Int, left: Int)
    let isFixed: Bool
    private var weights: [[Transformed]] = []

    private static let eps = 0x1p-24
    /// Half a step, and the roundings in single precision of a number of at most 2¹⁵ steps.
    private static let halfStep = 0.5 + 3 * 0x1p15 * eps
    private static let longestBlock = 320

    /// A 6 × 6 transform: its value, and the sum of the magnitudes it is made of.
    struct Transformed {
        var value: [Double]
        var magnitude: [Double]
    }

    init(input: Tensor, weight: Tensor, bias: [Float], padding: (top: Int, left: Int), isFixed: Bool) {
        (self.input, self.weight, self.bias, self.padding, self.isFixed) = (input, weight, bias, padding, isFixed)
        let scalars = weight.scalars
        weights = (0..<weight.shape[0]).map { output in
            (0..<weight.shape[1]).map { channel in
                let first = (output * weight.shape[1] + channel) * 9
                return Self.sandwich(Self.weightMatrix, scalars[first..<first + 9].map(Double.init), side: 3)
            }
        }
    }

    private static let root = 2.0.squareRoot()
    private static let inputMatrix: [[Double]] = [
        [1, 0, -2.5, 0, 1, 0], [0, -root, -2, root / 2, 1, 0], [0, root, -2, -root / 2, 1, 0],
        [0, -root / 2, -0.5, root, 1, 0], [0, root / 2, -0.5, -root, 1, 0], [0, 1, 0, -2.5, 0, 1],
    ]
    private static let weightMatrix: [[Double]] = [
        [1, 0, 0], [-2.0 / 3, -root / 3, -1.0 / 3], [-2.0 / 3, root / 3, -1.0 / 3],
        [1.0 / 6, root / 6, 1.0 / 3], [1.0 / 6, -root / 6, 1.0 / 3], [0, 0, 1],
    ]
    private static let outputMatrix: [[Double]] = [
        [1, 1, 1, 1, 1, 0], [0, root / 2, -root / 2, root, -root, 0], [0, 0.5, 0.5, 2, 2, 0],
        [0, root / 4, -root / 4, 2 * root, -2 * root, 1],
    ]

    /// M x Mᵀ for a square x, and |M| |x| |M|ᵀ.
    private static func sandwich(_ matrix: [[Double]], _ x: [Double], side: Int) -> Transformed {
        func product(_ f: (Double) -> Double) -> [Double] {
            matrix.flatMap { left in
                matrix.map { right in
                    var sum = 0.0
                    for i in 0..<side where left[i] != 0 {
                        for j in 0..<side { sum += f(left[i]) * f(x[i * side + j]) * f(right[j]) }
                    }
                    return sum
                }
            }
        }
        return Transformed(value: product { $0 }, magnitude: product(abs))
    }

    private func pixel(_ image: Int, _ y: Int, _ x: Int, _ channel: Int, in scalars: [Float]) -> Double {
        guard (0..<input.shape[1]).contains(y), (0..<input.shape[2]).contains(x) else { return 0 }
        return Double(scalars[((image * input.shape[1] + y) * input.shape[2] + x) * input.shape[3] + channel])
    }

    /// The first output that strays too far, in words; nil where all are within the bound.
    func firstViolation(_ found: Tensor) -> String? {
        let (scalars, shape, results) = (input.scalars, found.shape, found.scalars)
        for image in 0..<shape[0] {
            for y in stride(from: 0, to: shape[1], by: 4) {
                for x in stride(from: 0, to: shape[2], by: 4) {
                    let tile = tile(image, y, x, scalars)
                    for output in 0..<shape[3] {
                        let bounds = bounds(tile, output)
                        for own in 0..<16 where y + own / 4 < shape[1] && x + own % 4 < shape[2] {
                            let (i, j) = (own / 4, own % 4)
                            let exact = exact(image, y + i, x + j, output, scalars)
                            let place = ((image * shape[1] + y + i) * shape[2] + x + j) * shape[3] + output
                            let error = abs(Double(results[place]) - exact)
                            guard error <= bounds[4 * i + j] else {
                                return "image \(image), pixel (\(y + i), \(x + j)), output \(output): "
                                    + "\(results[place]), expected \(exact), allowed \(bounds[4 * i + j])"
                            }
                        }
                    }
                }
            }
        }
        return nil
    }

    /// The transformed window of each channel.
    private func tile(_ image: Int, _ y: Int, _ x: Int, _ scalars: [Float]) -> [Transformed] {
        (0..<input.shape[3]).map { channel in
            let window = (0..<36).map {
                pixel(image, y - padding.top + $0 / 6, x - padding.left + $0 % 6, channel, in: scalars)
            }
            return Self.sandwich(Self.inputMatrix, window, side: 6)
        }
    }

    private func exact(_ image: Int, _ y: Int, _ x: Int, _ output: Int, _ scalars: [Float]) -> Double {
        let taps = weight.scalars
        var sum = Double(bias[output])
        for channel in 0..<input.shape[3] {
            for tap in 0..<9 {
                let value = pixel(image, y - padding.top + tap / 3, x - padding.left + tap % 3, channel, in: scalars)
                sum += value * Double(taps[(output * input.shape[3] + channel) * 9 + tap])
            }
        }
        return sum
    }

    /// The largest error allowed for each of the tile's 4 × 4 outputs.
    private func bounds(_ tile: [Transformed], _ output: Int) -> [Double] {
        let gamma = Self.eps * Double(48 + tile.count + 16)
        let products = (0..<36).map { position in
            var sum = 0.0
            for channel in tile.indices {
                sum += gamma * tile[channel].magnitude[position] * weights[output][channel].magnitude[position]
            }
            return sum + (isFixed ? roundingToSteps(tile, output, position) : 0)
        }
        let own = Self.eps * abs(Double(bias[output]))
        return Self.outputMatrix.flatMap { left in
            Self.outputMatrix.map { right in
                var sum = 16 * own
                for i in 0..<6 { for j in 0..<6 { sum += abs(left[i] * right[j]) * products[6 * i + j] } }
                return sum * (1 + 0x1p-10) + 1e-36
            }
        }
    }

    /// What half a step of each factor of each product amounts to.
    private func roundingToSteps(_ tile: [Transformed], _ output: Int, _ position: Int) -> Double {
        func magnitude(_ x: Transformed) -> Double { abs(x.value[position]) + 16 * Self.eps * x.magnitude[position] }
        let count = tile.count
        let rowStep = (tile.map(magnitude).max() ?? 0) / 8191 * (1 + 0x1p-20)
        let blockCount = (count + Self.longestBlock - 1) / Self.longestBlock
        let length = ((count + blockCount - 1) / blockCount + 63) / 64 * 64
        var total = 0.0
        for first in stride(from: 0, to: count, by: length) {
            let block = first..<min(count, first + length)
            let own = block.map { magnitude(weights[output][$0]) }
            let room = Double(Int32.max) / 8191 - Double(block.count) / 2 - 1
            let step = max((own.max() ?? 0) / 32767, own.reduce(0, +) / room) * (1 + 0x1p-12)
            for (channel, weight) in zip(block, own) {
                let (h, row) = (Self.halfStep, magnitude(tile[channel]))
                total += h * (rowStep * weight + step * row + h * rowStep * step)
            }
        }
        return total
    }
}
