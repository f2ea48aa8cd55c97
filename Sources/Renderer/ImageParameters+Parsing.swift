import DiffusionBasics

extension ImageParameters {
    /// Takes any text apart as `parse_generation_parameters` in AUTOMATIC1111's `modules/infotext_utils.py` does: the last
    /// line is the settings if it holds three or more, a line that begins with `Negative prompt:` starts the negative
    /// prompt. Time is linear in the text's length.
    package init(parsing text: String) {
        var lines = text.trimmingWhitespace.unicodeScalars
            .split(separator: "\n", omittingEmptySubsequences: false).map { String(Substring($0)) }
        var settings = SettingsScanner.settings(in: lines.last ?? "")
        if settings.count < Self.fewestSettings { settings = [] } else { lines.removeLast() }
        var prompts = Self.prompts(in: lines)
        if let exact = Self.take(Self.exactPromptKey, from: &settings) {
            prompts = (exact, Self.take(Self.exactNegativePromptKey, from: &settings) ?? "")
        }
        self.init(prompt: prompts.prompt, negativePrompt: prompts.negative, settings: settings)
    }

    private static func prompts(in lines: [String]) -> (prompt: String, negative: String) {
        var parts: [[String]] = [[], []]
        var isNegative = false
        for line in lines.map(\.trimmingWhitespace) {
            // By scalars: a combining mark behind the colon does not hide the label.
            let beginsNegative = line.unicodeScalars.starts(with: negativePromptLabel.unicodeScalars)
            isNegative = isNegative || beginsNegative
            let rest = line.unicodeScalars.dropFirst(negativePromptLabel.unicodeScalars.count)
            let content = beginsNegative ? Substring(rest).trimmingWhitespace : line
            parts[isNegative ? 1 : 0].append(content)
        }
        return (parts[0].joined(separator: "\n"), parts[1].joined(separator: "\n"))
    }

    private static func take(_ key: String, from settings: inout [Setting]) -> String? {
        guard let index = settings.firstIndex(where: { $0.key == key }) else { return nil }
        return settings.remove(at: index).value
    }
}

/// Finds `key: value` pairs with commas between them; a value may be a JSON string. Equal to searching for
/// `\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)` again and again, without a regular expression's detours.
private struct SettingsScanner {
    private let scalars: [UnicodeScalar]
    private var position = 0

    static func settings(in line: String) -> [ImageParameters.Setting] {
        var scanner = SettingsScanner(scalars: Array(line.unicodeScalars))
        var settings: [ImageParameters.Setting] = []
        while let key = scanner.nextKey() { settings.append(.init(key, scanner.value())) }
        return settings
    }

    private init(scalars: [UnicodeScalar]) { self.scalars = scalars }

    /// Moves behind the next colon that ends a key.
    private mutating func nextKey() -> String? {
        while position < scalars.count {
            let start = position
            while position < scalars.count, Self.belongsToKey(scalars[position]) { position += 1 }
            let run = scalars[start..<position]
            let isEnded = position < scalars.count && scalars[position] == ":"
            position += 1
            let key = run.drop { !$0.isPythonWord }
            if isEnded, key.count >= 2 { return text(key) }
        }
        return nil
    }

    private mutating func value() -> String {
        while position < scalars.count, scalars[position].isPythonSpace { position += 1 }
        let start = position
        if let end = endOfQuotes(), end == scalars.count || scalars[end] == "," {
            position = end + 1
            let quoted = text(scalars[start..<end])
            return Self.unquoted(quoted) ?? quoted
        }
        position = scalars[start...].firstIndex(of: ",") ?? scalars.count
        defer { position += 1 }
        return text(scalars[start..<position])
    }

    /// Behind the closing quote of a string that begins here.
    private func endOfQuotes() -> Int? {
        guard position < scalars.count, scalars[position] == "\"" else { return nil }
        var place = position + 1
        while place < scalars.count, scalars[place] != "\"" { place += scalars[place] == "\\" ? 2 : 1 }
        return place < scalars.count ? place + 1 : nil
    }

    private static func unquoted(_ text: String) -> String? {
        (try? JSONParser.parse(text.utf8, file: "parameters"))?.string
    }

    private func text(_ scalars: ArraySlice<UnicodeScalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    private static func belongsToKey(_ scalar: UnicodeScalar) -> Bool {
        scalar.isPythonWord || scalar == " " || scalar == "-" || scalar == "/"
    }
}
