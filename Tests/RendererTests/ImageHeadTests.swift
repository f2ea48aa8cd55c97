import DiffusionRenderer
import Foundation
import Testing

/// What a picture says of its making, without its pixels.
@Suite struct ImageHeadTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func head(_ bytes: [UInt8]) throws -> ImageHead? {
        try folder.write(bytes, to: "x")
        return try ImageHead("x", in: FolderHandle(folder.path))
    }

    private func picture(_ format: ImageFormat, prompt: String = "a cat") throws -> [UInt8] {
        var metadata = ImageMetadataTests.metadata()
        metadata.parameters.prompt = prompt
        return try ImageWriter(format: format).encode(testImage(width: 40, height: 30), metadata: metadata).bytes
    }

    @Test(arguments: ImageFormat.allCases, ["a cat", "ein Fuchs über 東京", ""])
    func itSaysWhatTheWholePictureSays(_ format: ImageFormat, _ prompt: String) throws {
        let bytes = try picture(format, prompt: prompt)
        let head = try #require(try head(bytes))
        #expect(head.isComplete)
        #expect(head.parameters == (try ImageReader.decode(bytes, file: "x").marks.parameters))
        #expect(head.parameters?.prompt == prompt)
    }

    @Test(arguments: ImageFormat.allCases)
    func aPictureThatIsCutIsNotComplete(_ format: ImageFormat) throws {
        let bytes = try picture(format)
        #expect(try head(Array(bytes.dropLast(1)))?.isComplete == false)
        #expect(try head(Array(bytes.prefix(60)))?.isComplete == false)
        for count in 0..<12 { #expect(try head(Array(bytes.prefix(count)))?.isComplete != true) }
    }

    @Test func otherFilesAreNoPictures() throws {
        #expect(try head(Array("GIF89a, and some text behind it".utf8)) == nil)
        #expect(try head([]) == nil)
        try FileManager.default.createSymbolicLink(atPath: folder.file("link"), withDestinationPath: "x")
        #expect(try ImageHead("link", in: FolderHandle(folder.path)) == nil)
        try FileManager.default.createDirectory(atPath: folder.file("d"), withIntermediateDirectories: false)
        #expect(try ImageHead("d", in: FolderHandle(folder.path)) == nil)
        #expect(throws: FileSystemError.self) { try ImageHead("none", in: FolderHandle(folder.path)) }
    }

    @Test func aPictureWithoutMarksSaysNothing() throws {
        for format in ImageFormat.allCases {
            let bytes = try ImageWriter(format: format).encode(testImage(width: 8, height: 8), metadata: nil).bytes
            let head = try #require(try head(bytes))
            #expect(head.parameters == nil && head.isComplete)
        }
    }
}
