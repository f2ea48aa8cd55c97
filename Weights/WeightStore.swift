import DiffusionBasics
import DiffusionTensors
import Synchronization

/// The tensors of one part of a model, from one or several safetensors files, under the names that networks ask for.
///
/// While a network is built, names that are missing and shapes that differ are only noted; `check()` reports them all.
/// A 1×1 convolution `[O, I, 1, 1]` and a linear layer `[O, I]` stand for each other: their elements are the same.
package final class WeightStore: WeightSource {
    /// A tensor, or equal parts of one, under its name here.
    private struct Stored {
        let file: SafetensorsFile
        let entry: SafetensorsFile.Entry
        let shape: [Int]
        /// Where the part begins within the entry, in elements.
        let start: Int
    }

    private struct Log {
        var asked: Set<ExactString> = []
        var missing: [String] = []
        var wrong: [WeightsError.WrongShape] = []
    }

    /// What errors call the source: the file, or the first of several.
    package let label: String
    /// The files that the tensors come from.
    package let paths: [String]
    private let rules: NameRules
    private let optionalNames: [String]
    private let stored: [ExactString: Stored]
    private let log = Mutex(Log())

    /// - Parameters:
    ///   - files: all shards of the part.
    ///   - prefix: takes only names that begin with it, and drops it; a dot belongs to it.
    ///   - rules: applied to the names of the files, and to the names asked for, so that both may be old.
    ///   - optional: names that begin with one of these, in whole segments, belong to parts that are not always built.
    /// - Throws: `WeightsError.duplicate`.
    package init(
        _ files: [SafetensorsFile], prefix: String = "", rules: NameRules = NameRules(), optional: [String] = []
    ) throws {
        label = (files.first?.path ?? "nothing") + (files.count > 1 ? " (of \(files.count) files)" : "")
        paths = files.map(\.path)
        self.rules = rules
        optionalNames = optional
        var stored: [ExactString: Stored] = [:]
        try Self.checkDistinct(files)
        for file in files {
            for entry in file.header.entries where entry.name.hasPrefix(prefix) {
                Self.add(entry, of: file, as: String(entry.name.dropFirst(prefix.count)), rules, to: &stored)
            }
        }
        self.stored = stored
    }

    private static func checkDistinct(_ files: [SafetensorsFile]) throws {
        guard files.count > 1 else { return }
        var holders: [ExactString: String] = [:]
        for file in files {
            for entry in file.header.entries {
                if let first = holders.updateValue(file.path, forKey: ExactString(entry.name)) {
                    throw WeightsError.duplicate(name: entry.name, first: first, second: file.path)
                }
            }
        }
    }

    /// Where a file holds a tensor under its old and its new name, the new one counts.
    private static func add(
        _ entry: SafetensorsFile.Entry, of file: SafetensorsFile, as name: String, _ rules: NameRules,
        to stored: inout [ExactString: Stored]
    ) {
        let renamed = rules.renamed(name)
        let parts = rules.parts(of: renamed)
        let isDivisible = !entry.shape.isEmpty && entry.shape[0] % parts.count == 0
        for (index, part) in (isDivisible ? parts : [renamed]).enumerated() {
            let key = ExactString(part)
            guard stored[key] == nil || part == name else { continue }
            var shape = entry.shape
            if isDivisible { shape[0] /= parts.count }
            stored[key] = Stored(
                file: file, entry: entry, shape: shape, start: index * shape.reduce(1, *))
        }
    }
}

extension WeightStore {
    package func contains(_ name: String) -> Bool { stored[ExactString(rules.renamed(name))] != nil }

    /// The shape that the files give a tensor; nil where they hold none of that name.
    package func shape(of name: String) -> [Int]? { stored[ExactString(rules.renamed(name))]?.shape }

    package var names: [String] { stored.keys.map(\.text).sorted() }

    /// How many elements there are of each type.
    package var elementTypes: [ElementType: Int] {
        stored.values.reduce(into: [:]) { $0[$1.entry.type, default: 0] += $1.shape.reduce(1, *) }
    }

    package func parameter(named name: String, shape: Shape) -> Parameter {
        let key = ExactString(rules.renamed(name))
        let found = stored[key]
        log.withLock { log in
            log.asked.insert(key)
            if found == nil { log.missing.append(name) }
            if let found, !Self.fits(found.shape, shape.dimensions) {
                log.wrong.append(.init(name: name, found: found.shape, expected: shape.dimensions))
            }
        }
        guard let found, Self.fits(found.shape, shape.dimensions) else { return unreadable(name, shape) }
        return Parameter(name: name, shape: shape) { range, target in
            let range = range.lowerBound + found.start..<range.upperBound + found.start
            try found.file.read(found.entry, elements: range, into: target)
        }
    }

    /// A handle that only reports what `check()` has reported already.
    private func unreadable(_ name: String, _ shape: Shape) -> Parameter {
        Parameter(name: name, shape: shape) { [self] _, _ in
            try check()
            reportBug("\(name) was noted as unfit, and the check passed")
        }
    }

    private static func fits(_ found: [Int], _ expected: [Int]) -> Bool {
        found == expected || withoutUnitKernel(found) == withoutUnitKernel(expected)
    }

    private static func withoutUnitKernel(_ shape: [Int]) -> [Int] {
        shape.count == 4 && shape[2...] == [1, 1] ? Array(shape[..<2]) : shape
    }

    /// Reports everything that the network asked for and the files do not give.
    /// - Throws: `WeightsError.unfit`.
    package func check() throws {
        if let problem { throw problem }
    }

    /// The same of all parts of a model at once.
    /// - Throws: `WeightsError`.
    package static func check(_ stores: [WeightStore]) throws {
        let problems = stores.compactMap(\.problem)
        guard let first = problems.first else { return }
        throw problems.count == 1 ? first : WeightsError.several(problems)
    }

    private var problem: WeightsError? {
        let log = log.withLock { $0 }
        guard !log.missing.isEmpty || !log.wrong.isEmpty else { return nil }
        return WeightsError.unfit(
            source: label, asked: log.asked.count, missing: log.missing, wrong: log.wrong,
            examples: Array(names.prefix(3)))
    }

    /// Buffers of older exports that carry no information.
    private static let leftovers: Set<Substring> = ["position_ids"]

    /// Tensors that nobody asked for, sorted: without harmless leftovers, and without those of optional parts.
    package var unreadNames: [String] {
        let asked = log.withLock { $0.asked }
        return stored.keys.filter { !asked.contains($0) }.map(\.text).filter { name in
            let isLeftover = name.split(separator: ".").last.map(Self.leftovers.contains) ?? false
            return !isLeftover && !optionalNames.contains { name == $0 || name.hasPrefix("\($0).") }
        }.sorted()
    }

    /// One sentence about the tensors that nobody asked for; nil where there are none.
    package var unreadWarning: String? {
        let names = unreadNames
        guard !names.isEmpty else { return nil }
        let rest = names.count > 5 ? " and \(names.count - 5) more" : ""
        return "\(label) holds tensors that are not used: \(names.prefix(5).map(shown).joined(separator: ", "))\(rest)."
    }
}
