import ArgumentParser
import Diffusion
import DiffusionBasics

/// The whole program as one tree of commands, which swift-argument-parser's `generate-manual` reads.
///
/// Nothing is parsed with it: the plain form and each subcommand stand alone (`CommandDispatch`).
struct ToolDescription: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "diffuse", abstract: GenerateCommand.configuration.abstract, discussion: discussion,
            version: ProductVersion.version, subcommands: CommandDispatch.allSubcommands,
            // For the brackets in the manual's synopsis: none need be named.
            defaultSubcommand: GenerateCommand.self)
    }

    @OptionGroup var plainForm: GenerateCommand
    @OptionGroup var pairs: PairOptions

    /// Whether the first argument asks for what a generator reads.
    static func isAskedFor(by arguments: [String]) -> Bool {
        arguments.first.map { $0 == dumpFlag || $0.hasPrefix(CompletionScript.flag) } ?? false
    }

    /// A completion script, or the tree itself as JSON.
    /// - Throws: `UsageError` for a shell that the generator does not know.
    static func generated(by arguments: [String]) throws -> String {
        arguments.first == dumpFlag ? try generated([dumpFlag]) : try CompletionScript.text(for: arguments)
    }

    private static let dumpFlag = "--experimental-dump-help"

    private static var discussion: String {
        """
        The words say what the picture shows; the first may be a subcommand instead. Paths of finished pictures go to \
        standard output, everything else to standard error.

        Options stand before the words or behind them, and take - or _ within their names. Spellings of other programs are \
        understood: \(otherSpellings).

        Environment: DIFFUSE_MODEL names the model where --model does not.

        Exit codes: 0 all rendered; 2 refused before anything was rendered; 3 some pictures failed, the others are there; \
        75 passing trouble, such as a full disk; 129, 130 and 143 after a signal.
        """
    }

    /// `--ckpt and --models-path for --model, …`
    private static var otherSpellings: String {
        let tables = [GenerateCommand.flags] + CommandDispatch.subcommands.values.map { $0.flags }
        let aliases = tables.map(\.aliases).reduce(into: [:]) { $0.merge($1) { own, _ in own } }
        return Dictionary(grouping: aliases.keys, by: { aliases[$0] ?? $0 }).sorted { $0.key < $1.key }
            .map { name, spellings in
                "\(spellings.sorted().map { "--\($0)" }.joined(separator: " and ")) for --\(name)"
            }
            .joined(separator: ", ")
    }
}

/// Options that `ArgumentRewriter` takes apart before the parser sees them.
struct PairOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Width and height at once, such as 512x768.", valueName: "WxH"))
    var size: String?
}

extension ParsableCommand {
    /// What the parser answers to one of its own flags, rare options included.
    /// - Throws: `UsageError` with the parser's words where it refuses.
    static func generated(_ arguments: [String]) throws -> String {
        try RareOptions.$areShown.withValue(true) {
            do {
                _ = try parse(arguments)
            } catch {
                guard exitCode(for: error).isSuccess else { throw UsageError.arguments(message(for: error)) }
                return fullMessage(for: error)
            }
            reportBug("the parser took \(arguments) for a render")
        }
    }
}

extension CommandDispatch {
    static var allSubcommands: [any ParsableCommand.Type] { subcommands.sorted { $0.key < $1.key }.map(\.value) }
}

/// Options that the short help leaves out.
enum RareOptions {
    /// Set while the generators read: completion and manual have room for all options.
    @TaskLocal static var areShown = false
}

extension ArgumentVisibility {
    /// For `--help-hidden`, the completion and the manual, not for the one screen of `--help`.
    static var rare: ArgumentVisibility { RareOptions.areShown ? .default : .hidden }
}
