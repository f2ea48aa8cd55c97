import CDiffusionKernels
import Testing

/// Formats against an oracle that is none of ours: the standard library's own conversions.
@Suite("Kernel formats") struct FormatTests {
    @Test("rounding to bytes follows NumPy at the edges", arguments: KernelPath.available)
    func bytesFollowNumPy(path: KernelPath) throws {
        // 2.5 and 3.5 of 255 are not representable: the neighbours fall to either side.
        let input: [Float] = [-1, 1, -2, 2, 0, .nan, .infinity, -.infinity, 1 / 255, -1 / 255]
        var bytes = [UInt8](repeating: 9, count: input.count)
        try path.table().pointee.rgb_to_bytes(&bytes, input, input.count)
        #expect(bytes == [0, 255, 0, 255, 128, 0, 255, 0, 128, 127])
    }

    #if !(os(macOS) && arch(x86_64))
    @Test("halves widen and narrow as Float16 does", arguments: KernelPath.available)
    func halvesFollowFloat16(path: KernelPath) throws {
        let halves = (0...UInt16.max).map { $0 }, table = try path.table()
        var singles = [Float](repeating: 0, count: halves.count)
        table.pointee.widen_f16(&singles, halves, halves.count)
        let differs = halves.first { half in
            let expected = Float(Float16(bitPattern: half)), found = singles[Int(half)]
            return found.bitPattern != expected.bitPattern && !(found.isNaN && expected.isNaN)
        }
        #expect(differs == nil)
        let values = awkwardValues(50_000, seed: 32, scale: 40_000) + awkwardValues(50_000, seed: 33, scale: 1e-5)
        var narrowed = [UInt16](repeating: 0, count: values.count)
        table.pointee.narrow_f16(&narrowed, values, values.count)
        #expect(zip(narrowed, values).first { $0 != Float16($1).bitPattern } == nil)
    }
    #endif
}
