/// Unicode normalization form C (UAX #15) with the tables of Unicode 9.0, those of the tokenizers library.
///
/// Characters younger than that stay as they are, and their combining class counts as 0, as there: a platform's own
/// normalization would order and compose them.
enum CanonicalComposition {
    static func composed(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        guard text.contains(where: { $0.value >= 0x300 }) else { return text }
        return recomposed(ordered(text.flatMap { decomposition(of: $0.value) }))
    }

    /// A code point with its canonical combining class.
    private struct Mark {
        var code: UInt32
        var combiningClass: UInt8
    }

    private static func combiningClass(of code: UInt32) -> UInt8 {
        guard code >= 0x300, let scalar = Unicode.Scalar(code), let age = scalar.properties.age, age.major <= 9 else {
            return 0
        }
        return scalar.properties.canonicalCombiningClass.rawValue
    }

    /// Each run of non-starters sorted by combining class; equal classes keep their order.
    private static func ordered(_ codes: [UInt32]) -> [Mark] {
        var marks = codes.map { Mark(code: $0, combiningClass: combiningClass(of: $0)) }
        var start = 0
        while let first = marks[start...].firstIndex(where: { $0.combiningClass != 0 }) {
            let end = marks[first...].firstIndex { $0.combiningClass == 0 } ?? marks.count
            if end - first > 1 {
                marks[first..<end].sort { $0.combiningClass < $1.combiningClass }
            }
            start = end
        }
        return marks
    }

    private static func recomposed(_ marks: [Mark]) -> [Unicode.Scalar] {
        var result: [UInt32] = []
        var starter: Int?
        var blockingClass: UInt8?
        for mark in marks {
            if let starter, blockingClass.map({ $0 < mark.combiningClass }) ?? true,
                let composite = composite(of: result[starter], mark.code)
            {
                result[starter] = composite
                continue
            }
            if mark.combiningClass == 0 {
                starter = result.count
                blockingClass = nil
            } else {
                blockingClass = mark.combiningClass
            }
            result.append(mark.code)
        }
        return result.compactMap(Unicode.Scalar.init)
    }
}

extension CanonicalComposition {
    private static let hangulSyllables: ClosedRange<UInt32> = 0xAC00...0xD7A3
    private static let hangulLeading: ClosedRange<UInt32> = 0x1100...0x1112
    private static let hangulVowels: ClosedRange<UInt32> = 0x1161...0x1175
    private static let hangulTrailing: ClosedRange<UInt32> = 0x11A8...0x11C2

    private static let pairs: [UInt32: (first: UInt32, second: UInt32)] = {
        let triples = primaryPairs + excludedPairs
        return Dictionary(
            uniqueKeysWithValues: stride(from: 0, to: triples.count, by: 3).map {
                (triples[$0], (triples[$0 + 1], triples[$0 + 2]))
            })
    }()

    private static let singletons: [UInt32: UInt32] = {
        var result: [UInt32: UInt32] = [:]
        var index = 0
        while index < singletonRuns.count {
            let first = singletonRuns[index]
            let count = Int(singletonRuns[index + 1])
            for step in 0..<count { result[first + UInt32(step)] = singletonRuns[index + 2 + step] }
            index += 2 + count
        }
        return result
    }()

    private static let composites: [UInt64: UInt32] = Dictionary(
        uniqueKeysWithValues: stride(from: 0, to: primaryPairs.count, by: 3).map {
            (key(primaryPairs[$0 + 1], primaryPairs[$0 + 2]), primaryPairs[$0])
        })

    private static func key(_ first: UInt32, _ second: UInt32) -> UInt64 { UInt64(first) << 32 | UInt64(second) }

    /// The full canonical decomposition.
    private static func decomposition(of code: UInt32) -> [UInt32] {
        if code < 0xC0 { return [code] }
        if hangulSyllables.contains(code) { return jamo(of: code) }
        if let pair = pairs[code] { return decomposition(of: pair.first) + decomposition(of: pair.second) }
        if let other = singletons[code] { return decomposition(of: other) }
        return [code]
    }

    private static func jamo(of syllable: UInt32) -> [UInt32] {
        let index = syllable - 0xAC00
        let leadingAndVowel = [0x1100 + index / 588, 0x1161 + index % 588 / 28]
        return index % 28 == 0 ? leadingAndVowel : leadingAndVowel + [0x11A7 + index % 28]
    }

    private static func composite(of first: UInt32, _ second: UInt32) -> UInt32? {
        if hangulLeading.contains(first), hangulVowels.contains(second) {
            return 0xAC00 + ((first - 0x1100) * 21 + second - 0x1161) * 28
        }
        if hangulSyllables.contains(first), (first - 0xAC00) % 28 == 0, hangulTrailing.contains(second) {
            return first + second - 0x11A7
        }
        return composites[key(first, second)]
    }
}
