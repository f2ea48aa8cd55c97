import ArgumentParser
import Diffusion

/// The completion scripts of swift-argument-parser's generators, for a program whose first word is a prompt or a
/// subcommand.
///
/// Its trees cannot say that: a command's own words would hide its subcommands. So the tree has no words of its own, and
/// for bash and zsh a function in front takes a prompt away before the generated one looks; fish's leaves alone what it
/// does not know.
enum CompletionScript {
    static let flag = "--generate-completion-script"

    /// - Parameter arguments: the flag, and the shell behind it or behind `=`; without one, the shell that runs it.
    /// - Throws: `UsageError` for a shell that the generator does not know.
    static func text(for arguments: [String]) throws -> String {
        let script = try CommandTree.generated(arguments)
        switch CompletionShell.requesting {
        case .bash: return "\(script)\n\n\(bashFront)"
        case .zsh: return "#compdef diffuse\n\n\(script)\n\n\(zshFront)"
        default: return script
        }
    }

    /// First words that are no prompt, as a pattern of the shells.
    private static var firstWords: String {
        (CommandDispatch.subcommands.keys.sorted() + ["help", "-*"]).joined(separator: "|")
    }

    private static var bashFront: String {
        """
        _diffuse() {
            local -a COMP_WORDS=("${COMP_WORDS[@]}")
            local -i COMP_CWORD="${COMP_CWORD}"
            if [[ "${COMP_CWORD}" -gt 1 ]]; then
                case "${COMP_WORDS[1]}" in
                \(firstWords)) ;;
                *)
                    # A prompt.
                    COMP_WORDS=("${COMP_WORDS[0]}" "${COMP_WORDS[@]:2}")
                    COMP_CWORD=$((COMP_CWORD - 1))
                    ;;
                esac
            fi
            _diffuse_command "$@"
        }
        complete -o filenames -F _diffuse diffuse
        """
    }

    private static var zshFront: String {
        """
        _diffuse() {
            if [[ "${CURRENT}" -gt 2 && "${words[2]}" != (\(firstWords)) ]]; then
                # A prompt.
                words[2]=()
                CURRENT=$((CURRENT - 1))
            fi
            _diffuse_command "$@"
        }
        if [[ "${funcstack[1]}" = _diffuse ]]; then
            _diffuse "$@"
        else
            compdef _diffuse diffuse
        fi
        """
    }
}

/// All that may stand behind the program's name but a prompt.
private struct CommandTree: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: CompletionShell.requesting == .fish ? "diffuse" : "diffuse_command",
            version: ProductVersion.version, subcommands: CommandDispatch.allSubcommands)
    }

    @OptionGroup var content: ContentOptions
    @OptionGroup var start: StartOptions
    @OptionGroup var sampling: SamplingOptions
    @OptionGroup var approximations: ApproximationOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var running: RunningOptions
    @OptionGroup var pairs: PairOptions
}
