/// What a name may be, and how texts become parts of one.
enum OutputNameRules {
    /// Looks at bytes, as file systems do: a combining mark behind a slash makes one character of both.
    /// - Throws: `OutputNameError`.
    static func check(_ path: String, origin: OutputNameTemplate.Origin) throws {
        if path.isEmpty { throw OutputNameError.empty }
        if path.unicodeScalars.contains(where: \.isControlOrBreak) {
            throw OutputNameError.controlCharacter(path: path)
        }
        let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        if origin == .jobFile, parts.first?.isEmpty == true { throw OutputNameError.absolute(path: path) }
        if let name = parts.last, name.isEmpty || isDots(name) { throw OutputNameError.noName(path: path) }
        for part in parts { try check(part, of: path, origin: origin) }
    }

    private static func check(
        _ part: Substring.UTF8View, of path: String, origin: OutputNameTemplate.Origin
    ) throws {
        if isDots(part) {
            if origin == .jobFile, part.count == 2 { throw OutputNameError.leavesFolder(path: path) }
        } else if part.last == UInt8(ascii: ".") {
            throw OutputNameError.trailingDot(path: path)
        }
        guard part.count <= OutputNameTemplate.maximumNameByteCount else {
            throw OutputNameError.tooLong(name: String(Substring(part)), byteCount: part.count)
        }
    }

    /// `.` or `..`.
    private static func isDots(_ part: Substring.UTF8View) -> Bool {
        (1...2).contains(part.count) && part.allSatisfy { $0 == UInt8(ascii: ".") }
    }

    /// A text as one part of a path: no slash, no control character, no dot at either end.
    static func component(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { $0 == "/" || $0.isControlOrBreak ? "-" : $0 }.drop { $0 == "." }
        guard let end = scalars.lastIndex(where: { $0 != "." && $0 != " " }) else { return "job" }
        var component = String.UnicodeScalarView()
        component.append(contentsOf: scalars[...end])
        return String(component)
    }

    /// Letters and digits of any script, lower-cased, hyphens for the rest; cut at `maximumSlugByteCount`, `image` where
    /// nothing is left.
    static func slug(_ text: String) -> String {
        var slug = ""
        var isAfterGap = false
        for scalar in text.lowercased().unicodeScalars {
            guard belongsToWord(scalar) else {
                isAfterGap = true
                continue
            }
            let separator = isAfterGap && !slug.isEmpty ? "-" : ""
            guard slug.utf8.count + separator.utf8.count + UTF8.width(scalar) <= maximumSlugByteCount else { break }
            slug += separator
            slug.unicodeScalars.append(scalar)
            isAfterGap = false
        }
        return slug.isEmpty ? "image" : slug
    }

    private static let maximumSlugByteCount = 60

    private static func belongsToWord(_ scalar: UnicodeScalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark: true
        default: scalar.properties.isAlphabetic || scalar.properties.numericType == .decimal
        }
    }
}
