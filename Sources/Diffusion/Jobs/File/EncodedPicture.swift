import DiffusionRenderer
import Foundation

/// A picture that stands in the text of a job, as A1111's API takes it: base64, with or without `data:` in front.
enum EncodedPicture {
    /// - Returns: the bytes of the file; nil where the text is a path.
    /// - Throws: `ImageError` where it begins as a picture and is not base64.
    static func bytes(in text: String) throws -> [UInt8]? {
        guard let base64 = base64(in: text) else { return nil }
        guard let data = Data(base64Encoded: String(base64)) else {
            throw ImageError.unknownFormat(file: "the picture in init_images", found: "no base64 text")
        }
        return Array(data)
    }

    private static func base64(in text: String) -> Substring? {
        if text.utf8.starts(with: "data:".utf8) {
            guard let comma = text.firstIndex(of: ",") else { return "!" }
            return text[text.index(after: comma)...]
        }
        // No path is as long: what PNG and JPEG files begin with.
        guard text.utf8.count > 255, !text.utf8.contains(UInt8(ascii: ".")) else { return nil }
        return ["iVBORw0KGgo", "/9j/"].contains { text.utf8.starts(with: $0.utf8) } ? text[...] : nil
    }
}
