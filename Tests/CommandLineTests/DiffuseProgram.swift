import DiffusionWeights
import Foundation
import TestSupport

/// The built `diffuse`, run as people run it.
struct DiffuseProgram {
    /// How a run ended.
    struct Outcome {
        var code: Int32
        var output: [UInt8]
        var errors: String

        /// Standard output, line by line.
        var paths: [String] { String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init) }
        /// Standard error as one JSON object a line; a line that is none makes this throw.
        var events: [[String: Any]] {
            get throws {
                try errors.split(separator: "\n").map { line in
                    let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
                    guard let event = object as? [String: Any] else { throw CocoaError(.propertyListReadCorrupt) }
                    return event
                }
            }
        }
    }

    /// A model of a few kilobytes.
    static var smallModel: String { Fixture("pipeline/sd1_ddim").path }

    /// Beside the test bundle in the build folder.
    static var path: String {
        get throws {
            let runners = [FileSystem.resolved("/proc/self/exe"), CommandLine.arguments.first].compactMap(\.self)
            let bundles = Bundle.allBundles.map(\.bundlePath)
            let candidates = (runners + bundles).map { FileSystem.join(FileSystem.parent(of: $0), "diffuse") }
            guard let found = candidates.first(where: FileSystem.isFile) else {
                throw CocoaError(.fileNoSuchFile, userInfo: ["places": candidates])
            }
            return found
        }
    }

    let folder: TemporaryFolder
    private let logs: TemporaryFolder

    /// - Parameter folder: where it runs, and where relative paths lead.
    init(in folder: TemporaryFolder) throws {
        self.folder = folder
        logs = try TemporaryFolder()
    }

    /// Runs to the end.
    /// - Parameters:
    ///   - model: nil leaves the model to the program.
    ///   - program: nil runs the built one.
    func run(
        _ arguments: [String], model: String? = DiffuseProgram.smallModel, input: [UInt8] = [],
        environment: [String: String] = [:], program: String? = nil
    ) async throws -> Outcome {
        let start = try start(
            arguments, model: model, input: input, environment: environment, program: program)
        return try await start.outcome()
    }

    /// Runs a shell script with the program as `$0` and `arguments` as `$1`, `$2`, …
    func shell(_ script: String, _ arguments: [String] = []) async throws -> Outcome {
        try await run(["-c", script, Self.path] + arguments, model: nil, program: "/bin/sh")
    }

    func start(
        _ arguments: [String], model: String? = DiffuseProgram.smallModel, input: [UInt8] = [],
        environment: [String: String] = [:], program: String? = nil
    ) throws -> RunningProgram {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try program ?? Self.path)
        process.arguments = (model.map { ["--model", $0] } ?? []) + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        let inherited = ProcessInfo.processInfo.environment.filter { $0.key != "DIFFUSE_MODEL" }
        process.environment = inherited.merging(environment) { $1 }
        process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: logs.write("in", input)))
        let (output, errors) = (try logs.write("out", []), try logs.write("err", []))
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errors))
        return try RunningProgram(process, logs: logs, output: output, errors: errors)
    }
}

/// A program that has not ended yet.
struct RunningProgram {
    private let process: Process
    private let ended: AsyncStream<Void>
    private let logs: TemporaryFolder
    private let output: String
    private let errors: String

    fileprivate init(_ process: Process, logs: TemporaryFolder, output: String, errors: String) throws {
        (self.process, self.logs, self.output, self.errors) = (process, logs, output, errors)
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        ended = stream
        process.terminationHandler = { _ in continuation.finish() }
        try process.run()
    }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Returns when standard error holds `text`, or when the program ends.
    func wait(for text: String) async throws {
        while process.isRunning, try !errorText.contains(text) { try await Task.sleep(for: .milliseconds(5)) }
    }

    /// Waits for the end. A signal that the program did not catch gives 128 and its number, as in a shell.
    func outcome() async throws -> DiffuseProgram.Outcome {
        for await _ in ended {}
        let code = process.terminationStatus + (process.terminationReason == .uncaughtSignal ? 128 : 0)
        return DiffuseProgram.Outcome(code: code, output: try RegularFile.contents(of: output), errors: try errorText)
    }

    private var errorText: String {
        get throws { String(decoding: try RegularFile.contents(of: errors), as: UTF8.self) }
    }
}

extension TemporaryFolder {
    /// Everything in it, hidden files too.
    var names: [String] { get throws { try FileSystem.names(in: path) } }

    func file(_ name: String) -> String { FileSystem.join(path, name) }

    func bytes(_ name: String) throws -> [UInt8] { try RegularFile.contents(of: file(name)) }
}
