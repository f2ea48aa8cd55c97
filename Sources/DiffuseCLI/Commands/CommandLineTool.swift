import ArgumentParser
import DiffusionRenderer

/// One thing that `diffuse` does: the plain form, or a subcommand.
protocol CommandLineTool: ParsableCommand {
    /// How its flags may be written.
    static var flags: FlagTable { get }
    /// What `--help` prints; `isComplete` for `--help-hidden`.
    static func help(isComplete: Bool) -> String

    /// - Throws: what keeps it from beginning; the error decides the exit code.
    func execute(temporaries: TemporaryFiles) async throws -> ExitCode
}
