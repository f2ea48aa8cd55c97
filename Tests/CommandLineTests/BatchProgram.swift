import DiffusionWeights
import Foundation
import TestSupport

/// `diffuse batch` over the small fixture model, in a folder of its own.
struct BatchProgram {
    let program: DiffuseProgram
    var folder: TemporaryFolder { program.folder }

    init() throws { program = try DiffuseProgram(in: TemporaryFolder()) }

    /// Writes `jobs.json`.
    func write(_ json: String, as name: String = "jobs.json") throws { try folder.write(name, json) }

    func run(_ arguments: [String] = [], environment: [String: String] = [:]) async throws -> DiffuseProgram.Outcome {
        try await start(arguments, environment: environment).outcome()
    }

    func start(_ arguments: [String] = [], environment: [String: String] = [:]) throws -> RunningProgram {
        try program.start(Self.words + arguments, model: nil, environment: environment)
    }

    /// A script whose `$0` is the program, and whose `$1` the model.
    func shell(_ script: String) async throws -> DiffuseProgram.Outcome {
        try await program.shell(script, [DiffuseProgram.smallModel])
    }

    static var words: [String] { ["batch", "jobs.json", "--model", DiffuseProgram.smallModel] }

    /// Names of the pictures in the output folder, sorted.
    func pictures(_ output: String = "out") throws -> [String] {
        let path = folder.file(output)
        guard FileSystem.isFolder(path) else { return [] }
        return try FileSystem.names(in: path).filter { !$0.hasPrefix(".") && $0.hasSuffix(".png") }
    }

    /// What is in the output folder and has no business there.
    func leftovers(_ output: String = "out") throws -> [String] {
        try FileSystem.names(in: folder.file(output)).filter { name in
            !name.hasSuffix(".png") && !(name.hasPrefix("results.") && name.hasSuffix(".jsonl"))
        }
    }

    func bytes(ofPictures output: String = "out") throws -> [String: [UInt8]] {
        let names = try pictures(output)
        return try Dictionary(uniqueKeysWithValues: names.map { ($0, try folder.bytes("\(output)/\($0)")) })
    }

    /// The lines of all results files, in order of file and line.
    func results(_ output: String = "out") throws -> [[String: Any]] {
        let names = try FileSystem.names(in: folder.file(output)).filter { $0.hasPrefix("results.") }
        return try names.flatMap { name in
            try String(decoding: folder.bytes("\(output)/\(name)"), as: UTF8.self).split(separator: "\n").compactMap {
                try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
            }
        }
    }

    func statuses(_ output: String = "out") throws -> [String] {
        try results(output).compactMap { $0["status"] as? String }
    }
}
