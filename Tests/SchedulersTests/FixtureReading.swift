import DiffusionBasics
import Foundation
import Testing

/// The JSON fixture of that name.
func fixture(_ name: String) throws -> ConfigurationReader {
    let url = try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: "json"))
    let node = try JSONParser.parse(Data(contentsOf: url), file: name, allowsNonFinite: true)
    return try ConfigurationReader(node, file: name)
}

/// Little-endian Float32 numbers in base64.
func floats(base64 text: String) throws -> [Float] {
    let data = try #require(Data(base64Encoded: text))
    return stride(from: 0, to: data.count, by: 4).map { start in
        let word = (0..<4).reduce(UInt32(0)) { $0 | UInt32(data[start + $1]) << UInt32(8 * $1) }
        return Float(bitPattern: word)
    }
}

extension [Float] {
    /// Pieces of `size` numbers.
    func chunked(_ size: Int) -> [[Float]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<$0 + size]) }
    }
}

/// Compares whole arrays; the tolerance counts in the largest expected magnitude.
func expect(
    _ found: [Float], near expected: [Float], within tolerance: Float, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let scale = expected.reduce(0) { max($0, abs($1)) }
    let error = zip(found, expected).reduce(Float(0)) { worst, pair in
        pair.0.isFinite ? max(worst, abs(pair.0 - pair.1)) : .infinity
    }
    #expect(
        found.count == expected.count && error <= tolerance * scale,
        "\(what): off by \(error / scale) of \(scale)", sourceLocation: sourceLocation)
}
