import DiffusionBasics
import DiffusionRenderer
import Foundation

/// A picture that goes into a request: the one to begin with, or the one that draws a mask.
public enum InitialImage: Sendable, Equatable {
    /// A PNG or JPEG file, read when the request is resolved: turned upright as EXIF says, an alpha channel dropped, as
    /// diffusers' `load_image` does it. A mask of one colour throughout is read off its alpha channel, opaque as white.
    case file(String)
    /// The bytes of a PNG or JPEG file, read as one.
    case encoded([UInt8])
    /// A picture in memory.
    case image(RGBImage)

    /// The pixels.
    /// - Throws: what is wrong with the file, in one sentence.
    func read() throws -> RGBImage {
        switch self {
        case .file(let path): try ImageReader.read(path, options: .withoutAlpha).image
        case .encoded(let bytes):
            try ImageReader.decode(bytes, file: "the initial picture", options: .withoutAlpha).image
        case .image(let image): image
        }
    }

    /// The pixels of a mask.
    /// - Throws: what is wrong with the file, in one sentence.
    func readMask() throws -> RGBImage {
        switch self {
        case .file(let path): try ImageReader.readMask(path)
        case .encoded(let bytes): try ImageReader.decodeMask(bytes, file: "the mask")
        case .image(let image): image
        }
    }
}

extension ImageReadingOptions {
    /// diffusers drops transparency and shows the colours beneath it.
    package static var withoutAlpha: ImageReadingOptions {
        var options = ImageReadingOptions()
        options.transparency = .dropped
        return options
    }
}

// MARK: - As one string of AUTOMATIC1111's `init_images`, or its `mask`

extension InitialImage {
    /// A path, or a picture itself as `data:image/png;base64,…`.
    /// - Parameter isMask: whether it draws a mask.
    /// - Throws: what is wrong with the picture in the text.
    init(text: String, isMask: Bool = false) throws {
        guard text.hasPrefix("data:") else {
            self = .file(text)
            return
        }
        let name = isMask ? "the picture in mask" : "the picture in init_images"
        guard let comma = text.firstIndex(of: ","), text[..<comma].hasSuffix(";base64"),
            let bytes = Data(base64Encoded: String(text[text.index(after: comma)...]))
        else { throw ImageError.unknownFormat(file: name, found: "no base64 text") }
        self = .image(
            isMask
                ? try ImageReader.decodeMask(Array(bytes), file: name)
                : try ImageReader.decode(Array(bytes), file: name, options: .withoutAlpha).image)
    }

    /// - Throws: `ImageError` where the picture cannot be written as PNG.
    func text() throws -> String {
        switch self {
        case .file(let path): return path
        case .encoded(let bytes):
            let format = bytes.starts(with: [0xFF, 0xD8]) ? "jpeg" : "png"
            return "data:image/\(format);base64,\(Data(bytes).base64EncodedString())"
        case .image(let image):
            let bytes = try ImageWriter(format: .png).encode(image, metadata: nil).bytes
            return "data:image/png;base64,\(Data(bytes).base64EncodedString())"
        }
    }
}
