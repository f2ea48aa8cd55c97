import CDiffusionImageCodecs

/// How much a picture file may ask for, and what becomes of its transparency.
package struct ImageReadingOptions: Sendable, Hashable {
    package struct Color: Sendable, Hashable {
        package var red: UInt8
        package var green: UInt8
        package var blue: UInt8

        package init(red: UInt8, green: UInt8, blue: UInt8) {
            self.red = red
            self.green = green
            self.blue = blue
        }

        package static let white = Color(red: 255, green: 255, blue: 255)
    }

    /// What becomes of an alpha channel.
    package enum Transparency: Sendable, Hashable {
        /// The colours are laid over another.
        case over(Color)
        /// The colours beneath it are shown, as Pillow's `convert("RGB")` does and therefore diffusers.
        case dropped
        /// It takes the colours' place, opaque as white; so does a picture that has none.
        case shown
    }

    /// The longest side in pixels.
    package var maximumSide = 65_535
    /// 2^27 pixels, 134 million: more than any camera but a few, and 400 MB.
    package var maximumPixelCount = 1 << 27
    /// A progressive JPEG has about ten scans; each costs a pass over the whole picture.
    package var maximumScanCount = 100
    package var maximumFileByteCount = 1 << 29
    package var transparency = Transparency.over(.white)

    package init() {}

    var cLimits: diffusion_image_limits {
        diffusion_image_limits(
            maximum_width: UInt32(clamping: maximumSide), maximum_height: UInt32(clamping: maximumSide),
            maximum_pixels: UInt64(clamping: maximumPixelCount), maximum_scans: Int32(clamping: maximumScanCount))
    }

    var limitDescription: String { "\(maximumPixelCount) pixels with sides up to \(maximumSide)" }
}
