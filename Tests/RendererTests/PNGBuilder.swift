/// Builds PNG files byte by byte, right ones and wrong ones, without any library.
struct PNGBuilder {
    var width: UInt32
    var height: UInt32
    var bitDepth: UInt8 = 8
    var colorType: UInt8 = 2
    var isInterlaced = false
    /// Whole chunks that stand before the data.
    var before: [[UInt8]] = []
    /// Filter byte and packed samples of every row, passes one after the other.
    var scanlines: [[UInt8]]

    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    var file: [UInt8] {
        let chunks =
            [header] + before + [Self.chunk("IDAT", Self.stored(scanlines.flatMap { $0 })), Self.chunk("IEND", [])]
        return Self.signature + chunks.flatMap { $0 }
    }

    var header: [UInt8] {
        Self.chunk(
            "IHDR", bytes(width) + bytes(height) + [bitDepth, colorType, 0, 0, isInterlaced ? 1 : 0])
    }

    static func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(type.utf8) + data
        return bytes(UInt32(data.count)) + body + bytes(crc32(body))
    }

    /// A zlib stream of blocks that are stored as they are.
    static func stored(_ data: [UInt8]) -> [UInt8] {
        var stream: [UInt8] = [0x78, 0x01]
        var rest = data[...]
        repeat {
            let block = rest.prefix(65535)
            rest = rest.dropFirst(block.count)
            let length = UInt16(block.count)
            stream.append(rest.isEmpty ? 1 : 0)
            stream += [length, ~length].flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
            stream += block
        } while !rest.isEmpty
        return stream + bytes(adler32(data))
    }

    static func crc32(_ data: [UInt8]) -> UInt32 {
        ~data.reduce(~UInt32(0)) { crc, byte in
            (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
        }
    }

    static func adler32(_ data: [UInt8]) -> UInt32 {
        var (a, b): (UInt32, UInt32) = (1, 0)
        for byte in data {
            a = (a + UInt32(byte)) % 65521
            b = (b + a) % 65521
        }
        return b << 16 | a
    }
}

func bytes(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }
