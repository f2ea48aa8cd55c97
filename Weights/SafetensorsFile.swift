import DiffusionBasics

/// An open safetensors file whose header has been validated as a whole; elements are read from it when asked for.
///
/// Format: https://github.com/huggingface/safetensors, 64-bit little-endian header length, JSON header, data. Stricter
/// than that package in that fields which nobody knows and ranks over 8 are refused.
package final class SafetensorsFile: Sendable {
    package typealias Entry = SafetensorsHeader.Entry

    /// As in the safetensors package.
    package static let maximumHeaderSize = 100_000_000

    package let header: SafetensorsHeader
    private let file: RegularFile
    private let dataStart: Int

    package var path: String { file.path }

    /// - Throws: `FileError`, `SafetensorsError`.
    package init(_ path: String) throws {
        file = try RegularFile(path)
        let headerSize = try Self.headerSize(of: file)
        dataStart = 8 + headerSize
        let bytes = try file.bytes(8..<dataStart)
        let dataSize = file.size - dataStart
        header = try bytes.withUnsafeBufferPointer {
            try SafetensorsHeader(parsing: $0, path: path, dataSize: dataSize)
        }
    }

    /// The header's length, after a look at what the file is otherwise.
    private static func headerSize(of file: RegularFile) throws -> Int {
        func failure(_ problem: String) -> SafetensorsError { .header(path: file.path, offset: 0, problem: problem) }
        guard file.size > 0 else { throw failure("it is empty") }
        let prefix = try file.bytes(0..<min(file.size, FileKind.prefixLength))
        if prefix.count < 9 || prefix[8] != UInt8(ascii: "{"), let kind = FileKind.recognise(prefix) {
            throw SafetensorsError.foreign(path: file.path, kind: kind)
        }
        guard prefix.count >= 8 else { throw failure("it is \(file.size) bytes long, too short for a header") }
        let size = prefix[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard size > 0 else { throw failure("its header length is 0") }
        guard size <= maximumHeaderSize else {
            throw failure("its header length is \(size), the limit is \(maximumHeaderSize)")
        }
        guard Int(size) <= file.size - 8 else {
            throw failure("its header length is \(size), but only \(file.size - 8) bytes follow")
        }
        return Int(size)
    }

    /// Bytes that are held while elements are widened.
    private static let chunkSize = 256 << 10

    /// Widens elements `range`, in row-major order, to Float32.
    /// - Throws: `FileError` where the file shrank, `SafetensorsError` for a value that is not finite as Float32 or an
    ///   element type without a widening.
    package func read(
        _ entry: Entry, elements range: Range<Int>, into target: UnsafeMutableBufferPointer<Float>
    ) throws {
        ensure(range.count == target.count, "\(range.count) elements of \(entry.name) into \(target.count) floats")
        guard let widening = ElementWidening(entry.type) else {
            throw SafetensorsError.unreadable(path: path, name: entry.name, type: entry.type)
        }
        let width = entry.type.bitWidth / 8
        let start = dataStart + entry.range.lowerBound + range.lowerBound * width
        let chunk = max(1, min(range.count, Self.chunkSize / width))
        try withUnsafeTemporaryAllocation(byteCount: chunk * width, alignment: 64) { buffer in
            for first in stride(from: 0, to: range.count, by: chunk) {
                let part = UnsafeMutableBufferPointer(rebasing: target[first..<min(first + chunk, range.count)])
                let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer[..<(part.count * width)])
                try file.read(at: start + first * width, into: bytes)
                widening.widen(UnsafeRawBufferPointer(bytes), part)
                try checkFinite(part, entry, first: range.lowerBound + first)
            }
        }
    }

    private func checkFinite(_ part: UnsafeMutableBufferPointer<Float>, _ entry: Entry, first: Int) throws {
        guard let index = firstNonFinite(UnsafeBufferPointer(part)) else { return }
        throw SafetensorsError.notFinite(path: path, name: entry.name, index: first + index, value: part[index])
    }
}
