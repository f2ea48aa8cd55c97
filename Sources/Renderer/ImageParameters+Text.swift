extension ImageParameters {
    /// The text of a PNG's `parameters` chunk:
    ///
    ///     <prompt>
    ///     Negative prompt: <negative prompt>
    ///     Steps: 20, Sampler: DDIM, CFG scale: 7, …
    ///
    /// The form is that of `create_infotext` in AUTOMATIC1111's `modules/processing.py`. It is lossy: white space at the
    /// ends of lines goes, and a prompt may hold a line that begins with `Negative prompt:`. Where that would change a
    /// prompt, two settings of our own carry it exactly, so `init(parsing:)` gives back what went in; it needs three
    /// settings or more for that, and keys as AUTOMATIC1111 has them (two characters or more: letters, digits, `_`,
    /// blanks, `-`, `/`).
    package var text: String {
        let plain = lines(settings)
        guard settings.count >= Self.fewestSettings, ImageParameters(parsing: plain) != self else { return plain }
        return lines(settings + exactPrompts)
    }

    private func lines(_ settings: [Setting]) -> String {
        let negative = negativePrompt.isEmpty ? "" : "\n\(Self.negativePromptLabel) \(negativePrompt)"
        let last = settings.map { "\($0.key): \(Self.quotedIfNeeded($0.value))" }.joined(separator: ", ")
        return "\(prompt)\(negative)\n\(last)".replacingNUL.trimmingWhitespace
    }

    private var exactPrompts: [Setting] {
        let negative = Setting(Self.exactNegativePromptKey, negativePrompt)
        return [Setting(Self.exactPromptKey, prompt)] + (negativePrompt.isEmpty ? [] : [negative])
    }

    /// AUTOMATIC1111 quotes values with a comma, a colon or a line feed in them; we also those that reading would trim or
    /// take for quoted.
    private static func quotedIfNeeded(_ value: String) -> String {
        let needsQuotes = value.unicodeScalars.contains {
            [",", ":", "\n", "\""].contains($0) || $0.properties.isWhitespace && $0 != " " || $0.value < 0x20
        }
        guard needsQuotes || value != value.trimmingWhitespace else { return value }
        return quoted(value)
    }

    /// A JSON string as Python's `json.dumps(…, ensure_ascii=False)` writes it.
    private static func quoted(_ value: String) -> String {
        var result = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{8}": result += "\\b"
            case "\u{C}": result += "\\f"
            case "\u{0}"..."\u{1F}": result += "\\u00" + hexadecimal(scalar)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    private static func hexadecimal(_ scalar: UnicodeScalar) -> String {
        let digits = String(scalar.value, radix: 16)
        return String(repeating: "0", count: 2 - digits.count) + digits
    }
}

extension String {
    /// NUL as U+FFFD: neither PNG nor EXIF has a place for it in a text.
    fileprivate var replacingNUL: String {
        guard utf8.contains(0) else { return self }
        var scalars = UnicodeScalarView()
        scalars.append(contentsOf: unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 })
        return String(scalars)
    }
}

extension StringProtocol {
    /// Without the white space at both ends, by scalars as Python's `strip` does it.
    var trimmingWhitespace: String {
        let scalars = Substring(self).unicodeScalars
        let start = scalars.drop(while: \.isPythonSpace)
        let end = start.lastIndex { !$0.isPythonSpace }
        return end.map { String(Substring(start[...$0])) } ?? ""
    }
}

extension UnicodeScalar {
    /// Python counts four separators as white space that Unicode does not.
    var isPythonSpace: Bool { properties.isWhitespace || (0x1C...0x1F).contains(value) }

    /// What `\w` matches in Python: letters, everything with a numeric value, and the underscore.
    var isPythonWord: Bool {
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
        default: self == "_" || properties.numericType != nil
        }
    }
}
