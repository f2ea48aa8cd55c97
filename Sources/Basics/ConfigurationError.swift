/// A configuration file that cannot be used as it is.
public enum ConfigurationError: DescribedError, Equatable {
    case wrongType(file: String, key: String, expected: String, found: String)
    case outOfRange(file: String, key: String, expected: String, found: String)
    /// The value would change the result and this package has no code for it.
    case unsupported(file: String, key: String, value: String, supported: [String])

    /// `config.wrong-type`, `config.out-of-range` or `config.unsupported`.
    public var code: String {
        switch self {
        case .wrongType: "config.wrong-type"
        case .outOfRange: "config.out-of-range"
        case .unsupported: "config.unsupported"
        }
    }

    /// Names file, key, what was found and what was expected.
    public var sentence: String {
        switch self {
        case .wrongType(let file, let key, let expected, let found):
            "\(file)\(Self.place(key)) is \(found), expected \(expected)."
        case .outOfRange(let file, let key, let expected, let found):
            "\(file)\(Self.place(key)) is \(found), out of range: expected \(expected)."
        case .unsupported(let file, let key, let value, let supported):
            "\(file)\(Self.place(key)) is \(value), which is not supported: supported are \(supported.joined(separator: ", "))."
        }
    }

    private static func place(_ key: String) -> String { key.isEmpty ? "" : ": \"\(key)\"" }
}
