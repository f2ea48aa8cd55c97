import DiffusionBasics

/// Which of many names came first, by their hashes: a million names take some thirty megabytes, however long they are.
struct NameTable: Sendable {
    private var places: [Int: Int32] = [:]
    /// Names whose hash another name has.
    private var others: [ExactString: Int32] = [:]

    /// - Parameter nameAt: the name of a place that was inserted before.
    /// - Returns: the place that has the name already; nil where `place` has it now.
    mutating func insert(_ name: String, _ place: Int, nameAt: (Int) -> String?) -> Int? {
        let exact = ExactString(name)
        let hash = exact.hashValue
        guard let first = places[hash] else {
            places[hash] = Int32(clamping: place)
            return nil
        }
        if nameAt(Int(first)).map(ExactString.init) == exact { return Int(first) }
        if let other = others[exact] { return Int(other) }
        others[exact] = Int32(clamping: place)
        return nil
    }

    /// The place of a name; nil where it has none.
    func place(of name: String, nameAt: (Int) -> String?) -> Int? {
        let exact = ExactString(name)
        guard let first = places[exact.hashValue] else { return nil }
        if nameAt(Int(first)).map(ExactString.init) == exact { return Int(first) }
        return others[exact].map(Int.init)
    }
}
