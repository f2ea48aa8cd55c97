import DiffusionTensors

/// Which pixels of a picture are to be repainted.
public struct PictureMask: Sendable, Hashable {
    /// Pixels in a row.
    public let width: Int
    /// Rows.
    public let height: Int
    /// `height × width`, row by row: true where a new picture is to come, false where the old one stays.
    public let repaints: [Bool]

    /// The mask that a picture draws: white is repainted, black stays, as diffusers' mask processor reads one
    /// (`do_convert_grayscale`, `do_binarize`): Pillow's luminance, and 128 or more of 255 is white.
    public init(drawnBy image: RGBImage) {
        (width, height) = (image.width, image.height)
        repaints = stride(from: 0, to: image.pixels.count, by: 3).map {
            Self.luminance(image.pixels[$0], image.pixels[$0 + 1], image.pixels[$0 + 2]) >= 128
        }
    }

    /// ITU-R 601-2 in 16-bit fixed point, as Pillow's `convert("L")` has it.
    private static func luminance(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> UInt32 {
        (UInt32(red) * 19595 + UInt32(green) * 38470 + UInt32(blue) * 7471 + 0x8000) >> 16
    }

    /// Whether nothing is to be repainted.
    public var isEmpty: Bool { !repaints.contains(true) }

    /// 1 where latents are repainted, else 0: of each block of `factor` × `factor` pixels the first, as PyTorch's
    /// `interpolate` without a mode takes it.
    /// - Returns: `[1, 1, height / factor, width / factor]`.
    package func latents(factor: Int) -> Tensor {
        let (rows, columns) = (height / factor, width / factor)
        return Tensor(
            shape: [1, 1, rows, columns],
            scalars: (0..<rows * columns).map { index in
                repaints[index / columns * factor * width + index % columns * factor] ? 1 : 0
            })
    }

    /// The picture as an encoder takes it, the middle of the range (0) where it is repainted.
    /// - Parameter image: of the mask's size.
    /// - Returns: `[1, height, width, 3]`.
    package func hiding(_ image: RGBImage) -> Tensor {
        var tensor = image.tensor
        tensor.withUnsafeMutableScalars { values in
            for (index, isHidden) in repaints.enumerated() where isHidden {
                for channel in 0..<3 { values[index * 3 + channel] = 0 }
            }
        }
        return tensor
    }
}
