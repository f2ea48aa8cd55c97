import DiffusionBasics
import DiffusionRenderer
import DiffusionSchedulers
import DiffusionTensors

/// A cheap look at latents: a pixel for each, its colours a linear map of the latent's channels.
///
/// The map is fitted once to the model's own decoder, so it serves any model: patches of random latents are decoded, and
/// the mean colours of their pictures are regressed on them. It shows shapes and colours, not detail.
public struct LatentPreview: Sendable {
    /// A factor for each channel and a constant, for red, green and blue.
    private let weights: [[Float]]

    /// Latents along an edge of what is decoded for the fit, and of one patch in it.
    private static let edge = 16
    private static let patch = 2

    init(channels: Int, decoding decode: (Tensor) throws -> Tensor) rethrows {
        let latents = Self.patches(channels: channels)
        let picture = try decode(latents)
        let count = Self.edge / Self.patch
        let samples = (0..<count * count).map { index -> (inputs: [Float], colors: [Float]) in
            let (row, column) = index.quotientAndRemainder(dividingBy: count)
            let inputs = (0..<channels).map {
                Self.mean(latents, channel: $0, row: row, column: column, count: count)
            }
            let colors = (0..<3).map { Self.mean(picture, channel: $0, row: row, column: column, count: count) }
            return (inputs + [1], colors)
        }
        weights = (0..<3).map { color in
            Self.regression(of: samples.map { $0.colors[color] }, on: samples.map(\.inputs))
        }
    }

    /// - Parameter latents: `[1, channels, height, width]`, in the denoiser's scale.
    /// - Returns: the picture, a pixel for each latent.
    /// - Throws: `RequestError` for latents of another model.
    public func image(of latents: Tensor) throws -> RGBImage {
        let channels = weights[0].count - 1
        guard latents.shape.rank == 4, latents.shape[0] == 1, latents.shape[1] == channels,
            latents.shape.elementCount > 0
        else {
            throw RequestError.outOfRange(
                field: "latents", found: "\(latents.shape)", expected: "1×\(channels)×height×width")
        }
        let (height, width) = (latents.shape[2], latents.shape[3])
        let scalars = latents.scalars
        let pixels = (0..<height * width).flatMap { pixel in
            weights.map { factors -> UInt8 in
                let sum = (0..<channels).reduce(factors[channels]) {
                    $0 + factors[$1] * scalars[$1 * height * width + pixel]
                }
                return UInt8(max(0, min(255, ((sum / 2 + 0.5) * 255).rounded())))
            }
        }
        return try RGBImage(width: width, height: height, pixels: pixels)
    }

    /// Random latents, constant over small squares: a decoder makes no even colour of noise.
    private static func patches(channels: Int) -> Tensor {
        var generator = TorchNoiseGenerator(seed: 0)
        let count = edge / patch
        let values = generator.normal([1, channels, count, count]).scalars
        return Tensor(
            shape: [1, channels, edge, edge],
            scalars: (0..<channels * edge * edge).map { index in
                let (channel, place) = index.quotientAndRemainder(dividingBy: edge * edge)
                let (row, column) = place.quotientAndRemainder(dividingBy: edge)
                return values[(channel * count + row / patch) * count + column / patch]
            })
    }

    /// The mean over one of `count` × `count` equal parts of a channel, `[1, channels, height, width]`.
    private static func mean(_ tensor: Tensor, channel: Int, row: Int, column: Int, count: Int) -> Float {
        let (height, width) = (tensor.shape[2], tensor.shape[3])
        let (rows, columns) = (height / count, width / count)
        return tensor.withUnsafeScalars { scalars in
            var sum: Float = 0
            for y in row * rows..<(row + 1) * rows {
                let start = (channel * height + y) * width + column * columns
                sum += scalars[start..<start + columns].reduce(0, +)
            }
            return sum / Float(rows * columns)
        }
    }

    /// Least squares, with a little weight on small factors so that many channels have a solution too.
    private static func regression(of values: [Float], on inputs: [[Float]]) -> [Float] {
        let count = inputs[0].count
        func sum(_ term: (Int) -> Float) -> Float { inputs.indices.reduce(0) { $0 + term($1) } }
        let matrix = (0..<count).map { row in
            (0..<count).map { column in
                sum { inputs[$0][row] * inputs[$0][column] } + (row == column ? 0.01 * Float(inputs.count) : 0)
            }
        }
        return LinearSystem.solution(matrix, (0..<count).map { row in sum { inputs[$0][row] * values[$0] } })
    }
}

extension DiffusionPipeline {
    /// A way to look at latents between the steps, such as `StepReport.predictedOriginalSample`; costs one small decoding.
    public func makePreview() async throws -> LatentPreview {
        let channels = model.vae.latentChannels
        return try await core.perform { core, context in
            try LatentPreview(channels: channels) { try core.decode($0, in: context) }
        }
    }
}
