import DiffusionBasics
import DiffusionWeights
import TestSupport
import Testing

/// The bytes of a safetensors file with that header; its length field says what `declared` says, or the truth.
func safetensors(_ header: String, declared: UInt64? = nil, data: [UInt8] = []) -> [UInt8] {
    littleEndian(declared ?? UInt64(header.utf8.count)) + Array(header.utf8) + data
}

func littleEndian<Integer: FixedWidthInteger>(_ value: Integer) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
}

func zeros(_ count: Int) -> [UInt8] { Array(repeating: 0, count: count) }

/// The header of one tensor `w`.
func header(_ fields: String) -> String { "{\"w\":{\(fields)}}" }

/// The header of one tensor `w` of type F32.
func header(shape: String, offsets: String) -> String {
    header("\"dtype\":\"F32\",\"shape\":\(shape),\"data_offsets\":\(offsets)")
}

/// Writes `bytes` as a model file, expects it to be refused for good, and returns the sentence.
func refusal(of bytes: [UInt8], location: SourceLocation = #_sourceLocation) throws -> String {
    let folder = try TemporaryFolder()
    let path = try folder.write("model.safetensors", bytes)
    let error = #expect(throws: (any Error).self, sourceLocation: location) { try SafetensorsFile(path) }
    let described = try #require(error as? any DescribedError, sourceLocation: location)
    #expect(described.sentence.hasPrefix(path), sourceLocation: location)
    #expect(described.sentence.hasSuffix("."), sourceLocation: location)
    #expect(!described.isTransient, sourceLocation: location)
    return String(described.description.dropFirst(path.count))
}

/// Reads tensor `name` of a file of these bytes as floats.
func floats(of name: String = "w", in bytes: [UInt8]) throws -> [Float] {
    let folder = try TemporaryFolder()
    let file = try SafetensorsFile(folder.write("model.safetensors", bytes))
    let entry = try #require(file.header[name])
    var values = [Float](repeating: -1, count: entry.elementCount)
    try values.withUnsafeMutableBufferPointer { try file.read(entry, elements: 0..<entry.elementCount, into: $0) }
    return values
}
