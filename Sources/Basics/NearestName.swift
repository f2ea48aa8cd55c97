/// The entry of `names` that differs least from `name`, if it is near enough to be a misspelling of it.
///
/// Compares lower-cased letters and digits by Levenshtein distance; "near enough" is at most a third of the length.
/// Nothing is near to a name of more than 100 bytes.
public func nearestName(to name: String, among names: some Sequence<String>) -> String? {
    guard name.utf8.count <= 100 else { return nil }
    let target = comparable(name)
    let scored = names.map { ($0, editDistance(target, comparable($0))) }
    guard let best = scored.min(by: { $0.1 < $1.1 }), best.1 <= max(1, target.count / 3) else { return nil }
    return best.0
}

private func comparable(_ name: String) -> [Character] {
    name.lowercased().filter { $0.isLetter || $0.isNumber || $0 == "+" }
}

private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, y) in b.enumerated() {
            let above = row[j + 1]
            row[j + 1] = min(above + 1, row[j] + 1, diagonal + (x == y ? 0 : 1))
            diagonal = above
        }
    }
    return row[b.count]
}
