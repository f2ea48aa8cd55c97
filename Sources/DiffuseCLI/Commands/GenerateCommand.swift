import ArgumentParser
import Diffusion
import DiffusionBasics
import DiffusionRenderer

/// The plain form: text to pictures.
struct GenerateCommand: CommandLineTool, ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diffuse", abstract: "Renders pictures from text, on this machine's processor.",
        usage: "diffuse \"what the picture shows\" [options]",
        discussion: """
            EXAMPLES:
              diffuse "\(examplePrompt)" --seed 7
                with the model that comes along; writes output.png
              diffuse "a castle, oil painting" -m ~/models/sd15 -b 4 -o castle-{seed}.png
                four pictures with a model folder in diffusers' layout
            """,
        version: ProductVersion.version)

    @Argument(help: ArgumentHelp("What the picture shows.", valueName: "prompt", visibility: .rare))
    var words: [String] = []

    @OptionGroup(title: "What to render") var content: ContentOptions
    @OptionGroup(title: "What to render") var start: StartOptions
    @OptionGroup(title: "How to render it") var sampling: SamplingOptions
    @OptionGroup(title: "How to render it") var approximations: ApproximationOptions
    @OptionGroup(title: "Where it goes") var output: OutputOptions
    @OptionGroup(title: "Running") var running: RunningOptions

    static func help(isComplete: Bool) -> String {
        let text = helpMessage(includeHidden: isComplete, columns: 80)
        let commands = CommandDispatch.subcommands.keys.sorted().joined(separator: "|")
        return isComplete ? text : "\(text)\nMore: --help-hidden; \(commands)"
    }

    func execute(temporaries: TemporaryFiles) async throws -> ExitCode {
        let style = try running.reportingStyle()
        var reporter = style.makeReporter()
        let plan: RenderPlan
        do {
            plan = try self.plan()
        } catch let failure as InitialPictureFailure {
            reporter.report(.failed(failure.error, picture: 0))
            return ExitCode(failures: [failure.error])
        }
        if running.dryRun { try plan.model.checkWeights(for: plan.renders.map(\.request)) }
        for warning in plan.warnings { reporter.report(.warning(warning)) }
        reporter.report(.planned(plan, isDryRun: running.dryRun))
        for note in plan.notes { reporter.report(.note(note)) }
        if running.dryRun { return .success }
        var session = RenderSession(plan, temporaries: temporaries, reporter: reporter)
        return try await session.run()
    }

    /// A word that the embedded model knows, where it is there to be asked.
    static var examplePrompt: String {
        (try? DiffusionModel(.embedded))?.knownWords.first ?? "a red apple"
    }
}
