import DiffusionBasics

/// What `--seed` names: `7`, `1,2,5..9`, and -1 for one drawn by the system.
package struct SeedList: Sendable, Equatable {
    private enum Element: Equatable {
        case random
        case range(ClosedRange<UInt64>)
    }

    private let elements: [Element]
    /// As it was typed.
    private let text: String

    /// The most pictures of one run.
    package static let mostPictures = 1_000_000

    /// - Parameter text: nil draws one seed.
    /// - Throws: `UsageError.badValue`.
    package init(_ text: String?) throws {
        self.text = text ?? ""
        guard let text else {
            elements = [.random]
            return
        }
        elements = try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            guard let element = Self.element(part.filter { !$0.isWhitespace }) else {
                throw UsageError.badValue(
                    flag: "--seed", found: text, expected: "0 to \(UInt64.max), -1, or a list such as 1,2,5..9")
            }
            return element
        }
    }

    private static func element(_ text: String) -> Element? {
        if text == "-1" { return .random }
        let ends = text.split(separator: "..", omittingEmptySubsequences: false).map { UInt64($0) }
        guard let first = ends[0], let last = ends[ends.count - 1], ends.count <= 2, first <= last else { return nil }
        return .range(first...last)
    }

    /// Whether a seed is drawn, so that only this run can tell it.
    package var isDrawn: Bool { elements.contains(.random) }

    /// The seed of every picture: each seed of the list begins a batch, whose picture k has seed + k.
    /// - Throws: `UsageError.badValue` for more than `mostPictures`.
    package func seeds(batchCount: Int) throws -> [UInt64] {
        var room = UInt64(Self.mostPictures / max(1, batchCount))
        let firstSeeds = try elements.flatMap { element in
            guard case .range(let range) = element else { return try taking(1, from: &room, [Self.drawn()]) }
            guard range.upperBound - range.lowerBound < room else { throw tooMany }
            return try taking(range.upperBound - range.lowerBound + 1, from: &room, Array(range))
        }
        return firstSeeds.flatMap { first in (0..<batchCount).map { first &+ UInt64($0) } }
    }

    private func taking(_ count: UInt64, from room: inout UInt64, _ seeds: [UInt64]) throws -> [UInt64] {
        guard count <= room else { throw tooMany }
        room -= count
        return seeds
    }

    /// 32 bits, as other programs draw them: a number that can be remembered.
    private static func drawn() -> UInt64 { UInt64(UInt32.random(in: 0...UInt32.max)) }

    private var tooMany: UsageError {
        .badValue(
            flag: "--seed", found: text.count > 60 ? "\(text.prefix(60))…" : text,
            expected: "at most \(Self.mostPictures) pictures in one run")
    }

    /// Seeds for people: runs of neighbours as `5..9`.
    package static func text(of seeds: [UInt64]) -> String {
        var runs: [(first: UInt64, last: UInt64)] = []
        for seed in seeds {
            if let last = runs.last?.last, last < seed, seed - last == 1 {
                runs[runs.count - 1].last = seed
            } else {
                runs.append((seed, seed))
            }
        }
        let shown = runs.prefix(8).map { $0.first == $0.last ? "\($0.first)" : "\($0.first)..\($0.last)" }
        return shown.joined(separator: ",") + (runs.count > 8 ? ",..." : "")
    }
}
