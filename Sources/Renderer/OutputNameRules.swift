/// What a name may be, and how texts become parts of one.
enum OutputNameRules {
    /// - Throws: `OutputNameError`.
    static func check(_ path: String, origin: OutputNameTemplate.Origin) throws {
        if path.isEmpty { throw OutputNameError.empty }
        if path.unicodeScalars.contains(where: \.isControlOrBreak) {
            throw OutputNameError.controlCharacter(path: path)
        }
        if origin == .jobFile, path.hasPrefix("/") { throw OutputNameError.absolute(path: path) }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard let name = parts.last, !["", ".", ".."].contains(name) else { throw OutputNameError.noName(path: path) }
        for part in parts { try check(part, of: path, origin: origin) }
    }

    private static func check(_ part: Substring, of path: String, origin: OutputNameTemplate.Origin) throws {
        if part == ".." {
            if origin == .jobFile { throw OutputNameError.leavesFolder(path: path) }
        } else if part != ".", part.hasSuffix(".") {
            throw OutputNameError.trailingDot(path: path)
        }
        guard part.utf8.count <= OutputNameTemplate.maximumNameByteCount else {
            throw OutputNameError.tooLong(name: String(part), byteCount: part.utf8.count)
        }
    }

    /// A text as one part of a path: no slash, no control character, no dot at either end.
    static func component(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        scalars.append(contentsOf: text.unicodeScalars.map { $0 == "/" || $0.isControlOrBreak ? "-" : $0 })
        let trimmed = String(scalars).drop { $0 == "." }
        let end = trimmed.lastIndex { $0 != "." && $0 != " " }
        return end.map { String(trimmed[...$0]) } ?? "job"
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
