/// The arguments as bytes: Swift's own `CommandLine.arguments` repairs what is no UTF-8 without a word.
enum RawArguments {
    /// All arguments but the program's name, whatever the locale.
    /// - Throws: `UsageError.notUTF8`.
    static func read() throws -> [String] {
        try (1..<max(1, Int(CommandLine.argc))).compactMap { index in
            guard let bytes = CommandLine.unsafeArgv[index] else { return nil }
            guard let text = String(validatingCString: bytes) else {
                throw UsageError.notUTF8(what: "Argument \(index), \"\(String(cString: bytes).prefix(60))\",")
            }
            return text
        }
    }
}
