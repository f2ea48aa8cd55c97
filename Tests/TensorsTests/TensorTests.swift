import DiffusionTensors
import Testing

@Suite("Tensor")
struct TensorTests {
    private func counting(_ shape: Shape) -> Tensor {
        Tensor(shape: shape, scalars: (0..<shape.elementCount).map(Float.init))
    }

    @Test("a copy is written to alone")
    func copyOnWrite() {
        let original = counting([2, 3])
        var copy = original.reshaped(to: [6])
        copy.withUnsafeMutableScalars { $0[0] = 100 }
        #expect(original.scalars == [0, 1, 2, 3, 4, 5])
        #expect(copy.scalars == [100, 1, 2, 3, 4, 5])
    }

    @Test("reshaping moves nothing")
    func reshaping() {
        let tensor = counting([2, 3])
        let place = tensor.withUnsafeScalars { $0.baseAddress }
        #expect(tensor.reshaped(to: [3, 2, 1]).withUnsafeScalars { $0.baseAddress } == place)
    }

    @Test("memory begins on 64 bytes")
    func alignment() {
        for count in [0, 1, 7, 1000] {
            let address = counting([count]).withUnsafeScalars { UInt(bitPattern: $0.baseAddress) }
            #expect(address % 64 == 0)
        }
    }

    @Test("slices and joins along the first axis")
    func slicing() {
        let tensor = counting([4, 2])
        let slices = [tensor.slice(0..<1), tensor.slice(1..<1), tensor.slice(1..<4)]
        #expect(slices[1].shape == [0, 2])
        #expect(slices[2].scalars == [2, 3, 4, 5, 6, 7])
        let joined = Tensor.concatenated(slices)
        #expect(joined.shape == [4, 2] && joined.scalars == tensor.scalars)
    }

    @Test("elementwise arithmetic")
    func arithmetic() {
        let (a, b) = (counting([3]), Tensor(shape: [3], scalars: [10, 20, 30] as [Float]))
        #expect((a + b).scalars == [10, 21, 32])
        #expect((b - a).scalars == [10, 19, 28])
        #expect((2 * a).scalars == [0, 2, 4])
        #expect((b / 4).scalars == [2.5, 5, 7.5])
        #expect(b.clamped(to: 15...25).scalars == [15, 20, 25])
        #expect(a.isFinite && !(a / 0).isFinite)
    }

    @Test("a shape knows its last axis and counts from the end")
    func shapes() {
        let shape: Shape = [2, 3, 5]
        #expect(shape.elementCount == 30 && shape.last == 5 && shape[-2] == 3 && shape.description == "2×3×5")
        #expect(Shape([]).elementCount == 1)
    }
}
