import DiffusionBasics
import DiffusionWeights
import TestSupport
import Testing

@Suite struct ElementWideningTests {
    private func file(_ type: String, width: Int, _ data: [UInt8]) -> [UInt8] {
        let fields = "\"dtype\":\"\(type)\",\"shape\":[\(data.count / width)],\"data_offsets\":[0,\(data.count)]"
        return safetensors(header(fields), data: data)
    }

    /// Every finite half-precision number, against its definition.
    @Test func everyHalfIsExact() throws {
        let finite = (UInt16.min...UInt16.max).filter { $0 & 0x7C00 != 0x7C00 }
        let values = try floats(in: file("F16", width: 2, finite.flatMap(littleEndian)))
        for (bits, value) in zip(finite, values) {
            let magnitude = halfMagnitude(bits)
            #expect(Double(value.magnitude) == magnitude && (value.sign == .minus) == (bits >= 0x8000), "\(bits)")
        }
    }

    private func halfMagnitude(_ bits: UInt16) -> Double {
        let (exponent, mantissa) = (Int(bits >> 10 & 31), Double(bits & 1023))
        if exponent == 0 { return mantissa * 0x1p-24 }
        return (1024 + mantissa) * Double(sign: .plus, exponent: exponent - 25, significand: 1)
    }

    @Test func everyBFloatIsExact() throws {
        let finite = (UInt16.min...UInt16.max).filter { $0 & 0x7F80 != 0x7F80 }
        let values = try floats(in: file("BF16", width: 2, finite.flatMap(littleEndian)))
        #expect(values.map(\.bitPattern) == finite.map { UInt32($0) << 16 })
    }

    @Test func everyE5M2IsTheHalfOfItsByte() throws {
        let finite = (UInt8.min...UInt8.max).filter { $0 & 0x7C != 0x7C }
        let values = try floats(in: file("F8_E5M2", width: 1, finite))
        let halves = try floats(in: file("F16", width: 2, finite.flatMap { [0, $0] }))
        #expect(values == halves)
    }

    /// Values of the format's table (Micikevicius et al. 2022, table 1).
    @Test func e4m3HasItsTable() throws {
        let values = try floats(
            in: file("F8_E4M3", width: 1, [0x00, 0x01, 0x07, 0x08, 0x38, 0x39, 0x7E, 0x80, 0xBF, 0xFE]))
        #expect(values == [0, 0x1p-9, 0.875 * 0x1p-6, 0x1p-6, 1, 1.125, 448, 0, -1.875, -448])
    }

    @Test func integersAndBooleansAndDoublesWiden() throws {
        #expect(try floats(in: file("I64", width: 8, [3, -5].flatMap { littleEndian(Int64($0)) })) == [3, -5])
        #expect(try floats(in: file("I32", width: 4, [3, -5].flatMap { littleEndian(Int32($0)) })) == [3, -5])
        #expect(try floats(in: file("I16", width: 2, [3, -5].flatMap { littleEndian(Int16($0)) })) == [3, -5])
        #expect(try floats(in: file("I8", width: 1, [3, 0xFB])) == [3, -5])
        #expect(try floats(in: file("U8", width: 1, [3, 0xFB])) == [3, 251])
        #expect(try floats(in: file("U16", width: 2, littleEndian(UInt16.max))) == [65535])
        #expect(try floats(in: file("U32", width: 4, littleEndian(UInt32(7)))) == [7])
        #expect(try floats(in: file("U64", width: 8, littleEndian(UInt64(1) << 60))) == [0x1p60])
        #expect(try floats(in: file("BOOL", width: 1, [0, 1])) == [0, 1])
        #expect(try floats(in: file("F64", width: 8, littleEndian(Double(0.1).bitPattern))) == [0.1])
    }

    @Test(arguments: [("F4", 1), ("F8_E8M0", 1), ("C64", 8), ("F6_E2M3", 3)])
    func typesWithoutAWideningAreRefusedWhenRead(type: String, byteCount: Int) throws {
        let elements = byteCount == 3 ? 4 : type == "F4" ? 2 : 1
        let fields = "\"dtype\":\"\(type)\",\"shape\":[\(elements)],\"data_offsets\":[0,\(byteCount)]"
        let error = #expect(throws: SafetensorsError.self) {
            try floats(in: safetensors(header(fields), data: zeros(byteCount)))
        }
        #expect(error?.code == "weights.element-type")
    }

    /// A value that is not finite, in every place that vectors and their tails reach.
    @Test(
        arguments: [
            ("F32", 4, [0x7FC0_0000, 0x7F80_0000, 0xFF80_0000]), ("F16", 2, [0x7E00, 0x7C00, 0xFC00]),
            ("BF16", 2, [0x7FC0, 0x7F80, 0xFF80]),
        ] as [(String, Int, [UInt32])])
    func case29_valuesThatAreNotFinite(type: String, width: Int, patterns: [UInt32]) throws {
        for index in [0, 1, 15, 16, 30, 33] {
            for pattern in patterns {
                var data = zeros(34 * width)
                data.replaceSubrange(index * width..<(index + 1) * width, with: littleEndian(pattern).prefix(width))
                let error = #expect(throws: SafetensorsError.self) { try floats(in: file(type, width: width, data)) }
                #expect(error?.sentence.contains("tensor \"w\" is") == true)
                #expect(error?.sentence.contains("at element \(index),") == true)
            }
        }
    }

    @Test func case29_doublesBeyondFloatAreNotFinite() {
        #expect(throws: SafetensorsError.self) { try floats(in: file("F64", width: 8, littleEndian(1e300.bitPattern))) }
    }

    /// Ranges that begin and end anywhere, over several chunks of the reader.
    @Test(arguments: [("F32", 4), ("F16", 2)]) func rangesReadWhatTheyName(type: String, width: Int) throws {
        let count = 300_007
        var generator = SeededGenerator(seed: 5)
        let data: [UInt8] = (0..<count).flatMap { _ -> [UInt8] in
            let value = generator.next()
            return width == 4
                ? littleEndian(UInt32(truncatingIfNeeded: value) & 0xBFFF_FFFF)
                : littleEndian(UInt16(truncatingIfNeeded: value) & 0xBFFF)
        }
        let folder = try TemporaryFolder()
        let file = try SafetensorsFile(folder.write("m.safetensors", self.file(type, width: width, data)))
        let entry = try #require(file.header["w"])
        let all = try read(entry, 0..<count, of: file)
        for range in [0..<1, 1..<2, 17..<17, 131_071..<131_073, 65_535..<262_145, 299_990..<count] {
            #expect(try read(entry, range, of: file).map(\.bitPattern) == all[range].map(\.bitPattern))
        }
    }

    private func read(_ entry: SafetensorsFile.Entry, _ range: Range<Int>, of file: SafetensorsFile) throws -> [Float] {
        var values = [Float](repeating: -1, count: range.count)
        try values.withUnsafeMutableBufferPointer { try file.read(entry, elements: range, into: $0) }
        return values
    }
}
