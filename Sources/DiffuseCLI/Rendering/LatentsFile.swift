import Diffusion
import DiffusionBasics
import DiffusionRenderer
import DiffusionTensors
import DiffusionWeights

/// Latents as a safetensors file that holds one tensor, `latents` `[images, channels, height / f, width / f]`, float32.
enum LatentsFile {
    static let tensorName = "latents"

    /// - Throws: `FileError`, `SafetensorsError`, `UsageError.unreadable` where there is no such tensor in it.
    static func read(_ path: String) throws -> Tensor {
        let file = try SafetensorsFile(path)
        func refuse(_ reason: String) -> UsageError {
            .unreadable(what: "The latents file \(path)", reason: reason)
        }
        guard let entry = file.header[tensorName] else {
            let names = file.header.entries.prefix(5).map { "\"\($0.name)\"" }.joined(separator: ", ")
            throw refuse("it holds no tensor \"\(tensorName)\"" + (names.isEmpty ? "" : ", but \(names)"))
        }
        guard entry.shape.count == 4, entry.elementCount > 0 else {
            throw refuse("its latents have the shape \(entry.shape), expected images, channels, height and width")
        }
        return try Tensor(shape: Shape(entry.shape)) {
            try file.read(entry, elements: 0..<entry.elementCount, into: $0)
        }
    }

    /// - Returns: the path that the file has.
    /// - Throws: `OutputError`, `FileSystemError`.
    @discardableResult
    static func write(_ latents: Tensor, to path: String, _ file: AtomicFile) throws -> String {
        try file.write(bytes(of: latents), to: path)
    }

    static func bytes(of latents: Tensor) -> [UInt8] {
        SafetensorsWriter.bytes(of: [(name: tensorName, tensor: latents)])
    }
}
