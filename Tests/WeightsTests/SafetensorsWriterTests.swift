import DiffusionBasics
import DiffusionTensors
import DiffusionWeights
import TestSupport
import Testing

@Suite struct SafetensorsWriterTests {
    @Test func whatIsWrittenReadsBack() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/x.safetensors"
        let tensors = [
            (name: "b\"\n", tensor: Tensor.random([2, 3], seed: 1)), (name: "a", tensor: Tensor.random([], seed: 2)),
            (name: "empty", tensor: Tensor(zeros: [0, 4])),
        ]
        try SafetensorsWriter.write(tensors, metadata: ["k": "v\"", "format": "pt"], to: path)
        let read = try loadTensors(path)
        #expect(read.count == 3)
        for (name, tensor) in tensors {
            #expect(firstDifferentBit(try #require(read[name]), tensor) == nil)
        }
        #expect(try SafetensorsFile(path).header.metadata == ["k": "v\"", "format": "pt"])
        #expect(try FileSystem.names(in: folder.path) == ["x.safetensors"])
    }

    @Test func dataIsAlignedAsTheFormatAdvises() throws {
        let folder = try TemporaryFolder()
        for length in 1...9 {
            let path = "\(folder.path)/\(length)"
            try SafetensorsWriter.write(
                [(name: String(repeating: "x", count: length), tensor: Tensor(zeros: [1]))], to: path)
            #expect(try RegularFile.contents(of: path).count % 8 == 4)
        }
    }

    @Test func anExistingFileIsOverwrittenOnlyWhenAsked() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("x", "old")
        #expect(throws: FileError.exists(path: path)) {
            try SafetensorsWriter.write([], to: path, overwriting: false)
        }
        #expect(try RegularFile.contents(of: path) == Array("old".utf8))
        try SafetensorsWriter.write([], to: path)
        #expect(try RegularFile.contents(of: path) == safetensors("{}      "))
        #expect(try FileSystem.names(in: folder.path) == ["x"])
    }

    @Test func aFailedWriteLeavesNothing() throws {
        struct Stop: Error {}
        let folder = try TemporaryFolder()
        let path = try folder.write("x", "old")
        #expect(throws: Stop.self) { try AtomicFile.write(to: path) { _ in throw Stop() } }
        #expect(try FileSystem.names(in: folder.path) == ["x"])
        #expect(try RegularFile.contents(of: path) == Array("old".utf8))
        #expect(throws: FileError.missing(path: "\(folder.path)/none/x")) {
            try SafetensorsWriter.write([], to: "\(folder.path)/none/x")
        }
    }
}
