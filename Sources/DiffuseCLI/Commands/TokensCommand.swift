import ArgumentParser
import Diffusion
import DiffusionBasics
import DiffusionRenderer

/// `diffuse tokens PROMPT`: what the text encoder gets.
struct TokensCommand: CommandLineTool, ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokens", abstract: "Shows a prompt's tokens, as JSON: ids, spellings, and what is cut.",
        usage: "diffuse tokens \"prompt\" [--model path]")
    static var flags: FlagTable { FlagTable(shortNames: ModelOption.shortNames, aliases: ModelOption.aliases) }

    @Argument(help: ArgumentHelp("The prompt; - reads standard input.", valueName: "prompt"))
    var prompt: String

    @OptionGroup var model: ModelOption

    static func help(isComplete: Bool) -> String { helpMessage(includeHidden: isComplete, columns: 80) }

    func execute(temporaries: TemporaryFiles) async throws -> ExitCode {
        let text = prompt == "-" ? try PromptText.standardInput() : prompt
        let tokens = try model.open().tokens(of: try PromptText.checked(text, what: "The prompt"))
        let pieces = tokens.pieces.map { piece in
            JSONLine.Value.object([
                ("id", .integer(piece.id)), ("text", .string(piece.spelling)), ("kept", .bool(piece.isKept)),
            ])
        }
        let line = JSONLine.text([
            ("count", .integer(tokens.pieces.count)), ("limit", .integer(tokens.limit)), ("tokens", .array(pieces)),
            ("ids", .array(tokens.ids.map { .integer($0) })),
            ("cut", tokens.truncatedText.map(JSONLine.Value.string) ?? .null),
        ])
        try StandardOutput.write(Array("\(line)\n".utf8))
        return .success
    }
}
