import DiffusionBasics
import DiffusionWeights
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Files of other kinds under a model's name (31), and things that are no files (34).
@Suite struct ForeignFileTests {
    private static let foreign: [(bytes: [UInt8], kind: String)] = [
        (text("PK\u{3}\u{4}\u{0}\u{0}\u{8}\u{8}\u{0}\u{0}archive/data.pkl"), "a zip archive"),
        ([0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19], "a Python pickle"),
        ([0x80, 0x04, 0x95, 0, 0, 0, 0, 0, 0, 0, 0, 0x7D], "a Python pickle"),
        (text("GGUF\u{3}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}"), "a GGUF file"),
        (text("lmggxxxxxxxx"), "a GGML file"),
        (text("<!DOCTYPE html><html><body>404</body></html>"), "a web page"),
        (text("\n <html>"), "a web page"),
        (text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"), "a Git LFS pointer"),
        (text("{\"weight_map\": {\"a\": \"b\"}}"), "a JSON text"),
        ([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3], "a gzip archive"),
        ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13], "a PNG picture"),
        ([0xFF, 0xD8, 0xFF, 0xE0, 0, 16, 0x4A, 0x46, 0x49, 0x46], "a JPEG picture"),
        ([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0], "an HDF5 file"),
        ([0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0, 0, 0], "an executable"),
        (zeros(4096), "empty space"),
        (text("data.pkl") + zeros(249) + text("ustar") + zeros(250), "a tar archive"),
    ]

    private static func text(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test(arguments: foreign)
    func case31_otherKindsAreNamed(bytes: [UInt8], kind: String) throws {
        #expect(try refusal(of: bytes).contains("is not a safetensors file: it is \(kind)"))
    }

    @Test func case31_aPickleComesWithTheWayToConvertIt() throws {
        let sentence = try refusal(of: Array("PK\u{3}\u{4}\u{0}\u{0}\u{8}\u{8}\u{0}\u{0}".utf8))
        #expect(sentence.contains("convert it to safetensors"))
    }

    private func error(at path: String) throws -> FileError {
        try #require(#expect(throws: FileError.self) { try SafetensorsFile(path) })
    }

    @Test func case34_folder() throws {
        let path = try TemporaryFolder().folder("x.safetensors")
        #expect(throws: FileError.self) { try SafetensorsFile(path) }
        let folder = try TemporaryFolder()
        let error = try error(at: folder.path)
        #expect(error == .wrongKind(path: folder.path, found: .folder, expected: "a file"))
        #expect(error.sentence == "\(folder.path) is a folder, expected a file.")
    }

    @Test func case34_pipe() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/pipe"
        #expect(mkfifo(path, 0o600) == 0)
        #expect(try error(at: path) == .wrongKind(path: path, found: .pipe, expected: "a file"))
    }

    @Test(arguments: ["/dev/zero", "/dev/null"]) func case34_device(path: String) throws {
        #expect(try error(at: path) == .wrongKind(path: path, found: .device, expected: "a file"))
    }

    @Test func missingFilesAndLinksToNothing() throws {
        let folder = try TemporaryFolder()
        #expect(try error(at: "\(folder.path)/none") == .missing(path: "\(folder.path)/none"))
        try folder.link("dangling", to: "none")
        #expect(try error(at: "\(folder.path)/dangling") == .missing(path: "\(folder.path)/dangling"))
        try folder.link("loop", to: "loop")
        #expect(try error(at: "\(folder.path)/loop").code == "file.refused")
        let file = try folder.write("file", "x")
        #expect(try error(at: "\(file)/below") == .missing(path: "\(file)/below"))
        #expect(throws: FileError.self) { try SafetensorsFile("\(folder.path)/a\u{0}b") }
    }

    @Test func case32_aFileThatShrinksIsATransientError() throws {
        let folder = try TemporaryFolder()
        let bytes = safetensors(header(shape: "[1024]", offsets: "[0,4096]"), data: zeros(4096))
        let path = try folder.write("model.safetensors", bytes)
        let file = try SafetensorsFile(path)
        #expect(truncate(path, off_t(bytes.count - 100)) == 0)
        let entry = try #require(file.header["w"])
        let error = #expect(throws: FileError.self) {
            var values = [Float](repeating: 0, count: 1024)
            try values.withUnsafeMutableBufferPointer { try file.read(entry, elements: 0..<1024, into: $0) }
        }
        #expect(error == .shrank(path: path, offset: bytes.count - 100))
        #expect(error?.isTransient == true)
    }
}
