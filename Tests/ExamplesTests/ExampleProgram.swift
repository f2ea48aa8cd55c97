import DiffusionRenderer
import Foundation
import TestSupport

/// One of the built example programs, run as its first lines say.
struct ExampleProgram {
    let folder: TemporaryFolder
    private let path: String

    /// - Parameter name: the target's; SwiftPM puts the program beside the test bundle.
    init(_ name: String, in folder: TemporaryFolder) throws {
        let runners = Bundle.allBundles.map(\.bundlePath) + CommandLine.arguments.prefix(1)
        let candidates = runners.map {
            URL(fileURLWithPath: $0).deletingLastPathComponent().appendingPathComponent(name)
        }
        guard let found = candidates.first(where: { FileManager.default.isExecutableFile(atPath: $0.path) }) else {
            throw CocoaError(.fileNoSuchFile, userInfo: ["places": candidates.map(\.path)])
        }
        (path, self.folder) = (found.path, folder)
    }

    /// Runs it in the folder; its lines on standard output. What it says on standard error goes to that of the tests.
    /// - Throws: `Failure` where it does not end with 0.
    func run(_ arguments: [String]) async throws -> [String] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        process.environment = ProcessInfo.processInfo.environment.filter { $0.key != "DIFFUSE_MODEL" }
        let output = folder.path + "/standard-output"
        try Data().write(to: URL(fileURLWithPath: output))
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
        let (ended, continuation) = AsyncStream<Void>.makeStream()
        process.terminationHandler = { _ in continuation.finish() }
        try process.run()
        for await _ in ended {}
        let lines = try String(contentsOfFile: output, encoding: .utf8).split(separator: "\n").map(String.init)
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            throw Failure(status: process.terminationStatus, lines: lines)
        }
        return lines
    }

    /// A picture that it wrote.
    func picture(_ name: String) throws -> RGBImage { try ImageReader.read("\(folder.path)/\(name)").image }

    struct Failure: Error {
        var status: Int32
        var lines: [String]
    }
}
