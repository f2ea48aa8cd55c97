import DiffusionBasics
import DiffusionTensors
import DiffusionWeights
import TestSupport
import Testing

@Suite struct SafetensorsWriterTests {
    @Test func whatIsWrittenReadsBack() throws {
        let folder = try TemporaryFolder()
        let tensors = [
            (name: "b\"\n", tensor: Tensor.random([2, 3], seed: 1)), (name: "a", tensor: Tensor.random([], seed: 2)),
            (name: "empty", tensor: Tensor(zeros: [0, 4])),
        ]
        let path = try folder.write("x", tensors: tensors, metadata: ["k": "v\"", "format": "pt"])
        let read = try loadTensors(path)
        #expect(read.count == 3)
        for (name, tensor) in tensors {
            #expect(firstDifferentBit(try #require(read[name]), tensor) == nil)
        }
        #expect(try SafetensorsFile(path).header.metadata == ["k": "v\"", "format": "pt"])
    }

    @Test func dataIsAlignedAsTheFormatAdvises() {
        for length in 1...9 {
            let name = String(repeating: "x", count: length)
            #expect(SafetensorsWriter.bytes(of: [(name: name, tensor: Tensor(zeros: [1]))]).count % 8 == 4)
        }
        #expect(SafetensorsWriter.bytes(of: []) == safetensors("{}      "))
    }
}
