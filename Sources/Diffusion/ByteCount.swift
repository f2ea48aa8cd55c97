/// Sizes as people write them.
package enum ByteCount {
    private static let units: [(name: String, size: Double)] = [
        ("kib", 0x1p10), ("mib", 0x1p20), ("gib", 0x1p30), ("tib", 0x1p40), ("kb", 1e3), ("mb", 1e6), ("gb", 1e9),
        ("tb", 1e12), ("k", 1e3), ("m", 1e6), ("g", 1e9), ("t", 1e12), ("b", 1), ("", 1),
    ]

    /// `6GB`, `512 MiB`, `1.5g`, `1000000`; nil for anything else, or what no `Int` holds.
    package static func parse(_ text: String) -> Int? {
        let compact = text.filter { $0 != " " }.lowercased()
        let digits = compact.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let unit = units.first(where: { $0.name == compact.dropFirst(digits.count) }),
            let value = Double(digits), value * unit.size < 0x1p62
        else { return nil }
        return Int(value * unit.size)
    }

    /// `1500MB`, rounded up: as `parse` takes it, and no less than the number.
    package static func wholeMegabytes(_ count: Int) -> String { "\((count + 999_999) / 1_000_000)MB" }

    /// `6.0 GB`.
    package static func text(_ count: Int) -> String {
        let unit = units.dropFirst(4).prefix(4).last { Double(count) >= $0.size }
        guard let unit else { return "\(count) B" }
        let tenths = (Double(count) / unit.size * 10).rounded() / 10
        return "\(tenths) \(unit.name.uppercased())"
    }
}
