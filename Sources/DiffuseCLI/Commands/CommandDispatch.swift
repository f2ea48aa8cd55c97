import ArgumentParser
import Diffusion
import DiffusionBasics
import DiffusionRenderer

/// Finds the command that the first word names, and runs it.
enum CommandDispatch {
    /// Everything but the plain form, which has no word.
    static let subcommands: [String: any CommandLineTool.Type] = [
        "batch": BatchCommand.self, "benchmark": BenchmarkCommand.self, "decode": DecodeCommand.self,
        "encode": EncodeCommand.self,
        "inspect": InspectCommand.self,
        "samplers": SamplersCommand.self, "tokens": TokensCommand.self,
    ]

    static func run(_ arguments: [String], temporaries: TemporaryFiles) async -> ExitCode {
        do {
            let arguments = asksForHelp(arguments) ? arguments.dropFirst() + ["--help"] : arguments
            if ToolDescription.isAskedFor(by: arguments) { return try print(ToolDescription.generated(by: arguments)) }
            if let word = arguments.first, let command = subcommands[word] {
                return try await run(command, Array(arguments.dropFirst()), temporaries)
            }
            if BatchCommand.isMeant(by: arguments) { return try await run(BatchCommand.self, arguments, temporaries) }
            return try await run(GenerateCommand.self, arguments, temporaries)
        } catch is CancellationError {
            return .interrupted
        } catch {
            let error = UsageError(naming: error) ?? error
            report(error, arguments)
            return ExitCode(refusing: error)
        }
    }

    /// `help` alone or before a subcommand; with other words it is a prompt.
    private static func asksForHelp(_ arguments: [String]) -> Bool {
        arguments == ["help"] || arguments.count == 2 && arguments[0] == "help" && subcommands[arguments[1]] != nil
    }

    /// In the form that was asked for, although the arguments may not have been understood.
    static func report(_ error: any Error, _ arguments: [String]) {
        let wantsJSON =
            arguments.contains("--progress=json")
            || zip(arguments, arguments.dropFirst()).contains { $0 == "--progress" && $1 == "json" }
        var reporter = ReportingStyle(form: wantsJSON ? .json : .none).makeReporter()
        reporter.report(.failed(error, picture: nil))
    }

    private static func run<Command: CommandLineTool>(
        _ type: Command.Type, _ arguments: [String], _ temporaries: TemporaryFiles
    ) async throws -> ExitCode {
        let rewritten = try ArgumentRewriter.rewrite(arguments, type.flags)
        let flags = rewritten.prefix { $0 != "--" }
        if flags.contains("--help") || flags.contains("--help-hidden") {
            return try print(type.help(isComplete: flags.contains("--help-hidden")))
        }
        if flags.contains("--version") {
            return try print(
                "\(ProductVersion.name) \(ProductVersion.version) (\(BuildCommit.text))")
        }
        return try await parse(type, rewritten).execute(temporaries: temporaries)
    }

    private static func print(_ text: String) throws -> ExitCode {
        try StandardOutput.write(Array("\(text)\n".utf8))
        return .success
    }

    /// - Throws: `UsageError` in place of the parser's own errors.
    private static func parse<Command: CommandLineTool>(_ type: Command.Type, _ arguments: [String]) throws -> Command {
        do {
            return try type.parse(arguments)
        } catch {
            var message = type.message(for: error)
            if message.hasPrefix("Error: ") { message.removeFirst("Error: ".count) }
            throw UsageError.arguments(message.hasSuffix(".") || message.hasSuffix("?") ? message : message + ".")
        }
    }
}
