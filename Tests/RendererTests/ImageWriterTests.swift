import DiffusionBasics
import DiffusionRenderer
import DiffusionWeights
import Foundation
import Testing

@Suite(.serialized)
struct ImageWriterTests {
    private let metadata = ImageMetadata(
        parameters: ImageParameters(
            prompt: "a cat", settings: [.init("Steps", "20"), .init("Sampler", "DDIM"), .init("Seed", "1")]),
        sourceType: .trainedAlgorithmicMedia, system: "Diffuse", systemVersion: "1.2.3")

    @Test(arguments: ImageFormat.allCases)
    func filesSayWhatMadeThem(format: ImageFormat) throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.\(format.fileExtension)")
        let file = AtomicFile(.refuse, temporaries: TemporaryFiles())
        let image = try testImage(width: 40, height: 30)
        let written = try ImageWriter(format: format).write(image, metadata: metadata, to: path, using: file)
        #expect(written.path == path)
        let read = try ImageReader.read(path)
        var expected = metadata.parameters
        if format == .jpeg { expected.settings.append(.init("JPEG quality", "90")) }
        #expect(read.marks.parameters == expected)
        #expect(read.marks.digitalSourceType == metadata.sourceType.uri)
        #expect(peakSignalToNoise(read.image, image) > 30)
    }

    @Test(arguments: ImageFormat.allCases)
    func withoutMetadataThereIsOnlyThePicture(format: ImageFormat) throws {
        let bytes = try ImageWriter(format: format).encode(testImage(width: 8, height: 8), metadata: nil).bytes
        #expect(try ImageReader.decode(bytes, file: "x").marks == ImageMarks())
    }

    @Test func readingNamesTheFileThatIsMissing() {
        let error = #expect(throws: FileError.self) { try ImageReader.read("/nowhere/a.png") }
        #expect(error?.sentence == "/nowhere/a.png does not exist.")
    }

    @Test func foldersPipesAndLargeFilesAreNoPictures() throws {
        let folder = try TemporaryFolder()
        #expect(throws: FileError.wrongKind(path: folder.path, found: .folder, expected: "a file")) {
            try ImageReader.read(folder.path)
        }
        #expect(mkfifo(folder.file("pipe"), 0o600) == 0)
        #expect(throws: FileError.wrongKind(path: folder.file("pipe"), found: .pipe, expected: "a file")) {
            try ImageReader.read(folder.file("pipe"))
        }
        try folder.write(Array(repeating: 0, count: 2000), to: "large")
        var options = ImageReadingOptions()
        options.maximumFileByteCount = 1999
        let error = #expect(throws: FileError.self) { try ImageReader.read(folder.file("large"), options: options) }
        #expect(error?.code == "file.too-large")
    }

    @Test func aPipeGetsEveryByte() throws {
        let pipe = Pipe()
        let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
        let descriptor = pipe.fileHandleForWriting.fileDescriptor
        #expect(fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0)
        let writer = Thread {
            try? StandardOutput.write(bytes, to: descriptor)
            try? pipe.fileHandleForWriting.close()
        }
        writer.start()
        #expect(Array(pipe.fileHandleForReading.readDataToEndOfFile()) == bytes)
    }

    @Test func aReaderThatHasGoneIsAnErrorOfItsOwn() throws {
        signal(SIGPIPE, SIG_IGN)
        let pipe = Pipe()
        try pipe.fileHandleForReading.close()
        #expect(throws: OutputError.readerGone) {
            try StandardOutput.write([1, 2, 3], to: pipe.fileHandleForWriting.fileDescriptor)
        }
    }
}
