import DiffusionBasics
import DiffusionRenderer
import DiffusionTensors

/// A finished picture and how it came about.
public struct GeneratedImage: Sendable {
    /// The pixels, in the request's size.
    public var image: RGBImage
    /// Which of the request's pictures, from 0.
    public var index: Int
    /// All values fixed, the seed that of this picture.
    public var request: ResolvedRequest
    /// What goes into the file: parameters as A1111 writes them, and the mark of a synthetic picture.
    package var metadata: ImageMetadata
    /// The latents that were decoded, `[1, channels, height / f, width / f]`.
    public var latents: Tensor
    /// Sentences worth showing, such as that the picture is of one colour.
    public var warnings: [String]
    /// What the picture took.
    public var seconds: StageSeconds

    /// The picture as a file's bytes, with parameters and the mark of a synthetic picture.
    /// - Parameter quality: of a JPEG, 1 to 100.
    /// - Throws: an error with a sentence where the format cannot hold the picture.
    public func encoded(as format: ImageFormat = .png, quality: Int = 90) throws -> [UInt8] {
        try ImageWriter(format: format, quality: quality).encode(image, metadata: metadata).bytes
    }

    /// Writes the picture as PNG or JPEG, by the path's ending (PNG if it says nothing); the file is whole or absent.
    /// - Parameter overwrites: whether a file of that name may be replaced; otherwise that is an error.
    /// - Throws: an error with a sentence: the folder is missing, the disk is full, the name is taken.
    public func write(to path: String, overwrites: Bool = false, quality: Int = 90) throws {
        let writer = ImageWriter(format: ImageFormat(path: path) ?? .png, quality: quality)
        let file = AtomicFile(overwrites ? .replace : .refuse, temporaries: TemporaryFiles())
        try writer.write(image, metadata: metadata, to: path, using: file)
    }
}

/// Wall-clock seconds of each stage of one picture.
public struct StageSeconds: Sendable, Equatable {
    /// All U-Net calls and the scheduler's steps between them.
    public var denoising: Double
    /// From latents to pixels.
    public var decoding: Double
}
