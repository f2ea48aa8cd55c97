import Diffusion
import DiffusionRenderer

/// Pictures that a command line names: files, or standard input where the path is `-`.
enum InputPicture {
    private static let options = ImageReadingOptions.withoutAlpha

    /// - Throws: `FileError`, `ImageError`, `UsageError`.
    static func read(_ path: String) throws -> RGBImage {
        guard path == "-" else { return try ImageReader.read(path, options: options).image }
        return try ImageReader.decode(standardInput(), file: "Standard input", options: options).image
    }

    /// A picture that draws a mask.
    /// - Throws: as `read`.
    static func readMask(_ path: String) throws -> RGBImage {
        guard path == "-" else { return try ImageReader.readMask(path) }
        return try ImageReader.decodeMask(standardInput(), file: "Standard input")
    }

    private static func standardInput() throws -> [UInt8] {
        try PromptText.standardInputBytes(limit: options.maximumFileByteCount)
    }
}
