import DiffusionTensors
import DiffusionWeights
import Foundation

/// A folder of its own for one test, gone with this object.
package final class TemporaryFolder: Sendable {
    package let path: String

    package init() throws {
        var template = Array("\(FileManager.default.temporaryDirectory.path)/diffusion-test-XXXXXX\0".utf8CString)
        guard mkdtemp(&template) != nil else { throw TemporaryFolderError(code: errno) }
        path = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file, and the folders that lead to it; returns its path.
    @discardableResult
    package func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        let file = FileSystem.join(path, name)
        try makeFolders(leadingTo: name)
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        return file
    }

    @discardableResult
    package func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }

    /// Writes a safetensors file; returns its path.
    @discardableResult
    package func write(
        _ name: String, tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:]
    ) throws -> String {
        try write(name, SafetensorsWriter.bytes(of: tensors, metadata: metadata))
    }

    package func remove(_ name: String) throws {
        try FileManager.default.removeItem(atPath: FileSystem.join(path, name))
    }

    package func link(_ name: String, to target: String) throws {
        try makeFolders(leadingTo: name)
        guard symlink(target, FileSystem.join(path, name)) == 0 else { throw TemporaryFolderError(code: errno) }
    }

    /// Makes a folder and those above it; returns its path.
    @discardableResult
    package func folder(_ name: String) throws -> String {
        try makeFolders(leadingTo: "\(name)/x")
        return FileSystem.join(path, name)
    }

    private func makeFolders(leadingTo name: String) throws {
        var folder = path
        for component in name.split(separator: "/").dropLast() {
            folder = FileSystem.join(folder, String(component))
            if mkdir(folder, 0o777) != 0, errno != EEXIST { throw TemporaryFolderError(code: errno) }
        }
    }
}

package struct TemporaryFolderError: Error { package var code: Int32 }
