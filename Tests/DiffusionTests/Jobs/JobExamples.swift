import DiffusionWeights
import TestSupport

/// The job files that the documentation shows.
enum JobExamples {
    private static let folder = Fixture("jobs")

    static var names: [String] { get throws { try FileSystem.names(in: folder.path) } }

    static func path(_ name: String) -> String { folder.file(name) }

    static func text(_ name: String) throws -> String { String(decoding: try folder.contents(name), as: UTF8.self) }
}
