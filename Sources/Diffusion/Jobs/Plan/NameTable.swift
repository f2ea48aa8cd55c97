import DiffusionBasics

/// Which of many names came first, by their hashes: a million names take some thirty megabytes, however long they are.
struct NameTable: Sendable {
    private var places: [Int: Int32] = [:]
    /// Names whose hash another name has.
    private var others: [ExactString: Int32] = [:]

    /// Gives `place` the name, unless a name with its hash is there.
    /// - Returns: the place of that name, to be compared; nil where `place` has the name now.
    mutating func insert(_ name: String, _ place: Int) -> Int? {
        let hash = ExactString(name).hashValue
        if let first = places[hash] { return Int(first) }
        places[hash] = Int32(clamping: place)
        return nil
    }

    /// Gives `place` a name that shares its hash with another.
    /// - Returns: the place that has the name already.
    mutating func insertSharingHash(_ name: String, _ place: Int) -> Int? {
        let exact = ExactString(name)
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
