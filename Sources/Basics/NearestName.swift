/// The entry of `names` that differs least from `name`, if it is near enough to be a misspelling of it.
///
/// Compares lower-cased letters and digits by edit distance, a swap of neighbours counting once; "near enough" is at most
/// a third of the length. Nothing is near to a name of more than 100 bytes.
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

/// Insertions, deletions, replacements and swaps of neighbours that lead from one to the other (optimal string alignment).
private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
    var twoAbove: [Int] = []
    var above = Array(0...b.count)
    for (i, x) in a.enumerated() {
        var row = [i + 1]
        for (j, y) in b.enumerated() {
            var best = min(above[j + 1] + 1, row[j] + 1, above[j] + (x == y ? 0 : 1))
            if i > 0, j > 0, x == b[j - 1], a[i - 1] == y { best = min(best, twoAbove[j - 1] + 1) }
            row.append(best)
        }
        (twoAbove, above) = (above, row)
    }
    return above[b.count]
}
