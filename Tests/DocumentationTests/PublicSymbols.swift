import Foundation
import Testing

/// What a program outside of the package sees: the modules of the products, and what they export.
struct PublicSymbols {
    /// What the standard library's protocols ask for; their documentation is enough.
    private static let standardRequirements: Set<String> = [
        "description", "init(from:)", "encode(to:)", "makeAsyncIterator()", "next()", "init(arrayLiteral:)",
        "startIndex", "endIndex", "==(_:_:)", "hash(into:)", "init(rawValue:)", "rawValue",
    ]

    let declarations: [PublicDeclaration]
    /// What protocols of ours or of the standard library ask for, by its member's name.
    private let requirements: Set<String>
    private let protocols: Set<String>

    init() throws {
        var scanner = DeclarationScanner()
        for module in Module.visible() { try module.scan(into: &scanner) }
        let exports = try Module.visible().flatMap { try $0.exports() }
        for (module, names) in Dictionary(grouping: exports, by: \.module) {
            var partial = DeclarationScanner()
            try Module(module).scan(into: &partial)
            scanner.add(partial, only: Set(names.map(\.name)))
        }
        declarations = scanner.visibleDeclarations
        requirements = scanner.requirements.union(Self.standardRequirements)
        protocols = scanner.protocols
    }

    /// Asked for by a protocol, which says what it is for.
    func isRequirement(_ declaration: PublicDeclaration) -> Bool {
        !protocols.contains(declaration.owner) && requirements.contains(declaration.member)
    }
}

/// A target whose declarations hosts may see.
private struct Module {
    var name: String
    private static let folders = [
        "Diffusion": "Sources/Diffusion", "DiffusionSchedulers": "Schedulers", "DiffusionBasics": "Sources/Basics",
        "DiffusionTensors": "Sources/Tensors", "DiffusionRenderer": "Sources/Renderer",
        "DiffusionEngine": "Sources/Engine",
        "DiffusionWeights": "Weights", "DiffusionText": "Sources/TextConditioning",
        "DiffusionDenoiser": "Sources/Denoiser",
    ]

    init(_ name: String) { self.name = name }

    /// The products' own modules.
    static func visible() -> [Module] { [Module("Diffusion"), Module("DiffusionSchedulers")] }

    func files() throws -> [URL] {
        let folder = try #require(Self.folders[name], "which folder is \(name)?")
        return try Repository.files(in: [folder], ending: "swift")
    }

    func scan(into scanner: inout DeclarationScanner) throws {
        for file in try files() {
            scanner.scan(try String(contentsOf: file, encoding: .utf8), name: file.lastPathComponent)
        }
    }

    /// Single declarations of other modules that come along; a whole module has to be visible itself.
    func exports() throws -> [(module: String, name: String)] {
        let text = try files().map { try String(contentsOf: $0, encoding: .utf8) }.joined(separator: "\n")
        let whole = text.matches(of: #/@_exported import (\w+)$/#.anchorsMatchLineEndings()).map { String($0.1) }
        #expect(whole.allSatisfy { $0 == "DiffusionSchedulers" }, "whole modules are exported: \(whole)")
        return text.matches(of: #/@_exported import \w+ (\w+)\.(\w+)/#).map { (String($0.1), String($0.2)) }
    }
}
