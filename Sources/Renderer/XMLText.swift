/// Character data of XML 1.0.
enum XMLText {
    /// The text with markup escaped. Characters that XML 1.0 cannot hold in any spelling (section 2.2: most control
    /// characters, U+FFFE, U+FFFF) become U+FFFD; a carriage return is spelt out, or a reader would drop it.
    static func escaped(_ text: String) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\r": result += "&#xD;"
            case "\t", "\n": result.unicodeScalars.append(scalar)
            case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": result.unicodeScalars.append("\u{FFFD}")
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// The text with the five named entities and numbers resolved; anything else stays as it is.
    static func unescaped(_ bytes: some Collection<UInt8>) -> String {
        let text = String(decoding: bytes, as: UTF8.self)
        var result = String.UnicodeScalarView()
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            let body = rest.prefix(longestEntity)
            if scalar == "&", let end = body.firstIndex(of: ";"), let meant = self.scalar(of: Substring(body[..<end])) {
                result.append(meant)
                rest = rest[rest.index(after: end)...]
            } else {
                result.append(scalar)
            }
        }
        return String(result)
    }

    private static let longestEntity = 10

    private static func scalar(of entity: Substring) -> UnicodeScalar? {
        switch entity {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        default: break
        }
        guard entity.hasPrefix("#") else { return nil }
        let isHexadecimal = entity.hasPrefix("#x")
        return UInt32(entity.dropFirst(isHexadecimal ? 2 : 1), radix: isHexadecimal ? 16 : 10).flatMap(
            UnicodeScalar.init)
    }
}
