import ArgumentParser
import DiffusionSchedulers

/// What shells offer for an option's value.
extension CompletionKind {
    static var pictures: CompletionKind { .file(extensions: ["png", "jpg", "jpeg"]) }
    static var latents: CompletionKind { .file(extensions: ["safetensors"]) }

    /// The samplers' names that need no quotes.
    static var samplers: CompletionKind {
        .list(
            SamplerRegistry.entries.flatMap { $0.aliases + $0.presets.map(\.alias) }.filter { !$0.contains(" ") })
    }

    /// What `--scheduler` takes.
    static var spacings: CompletionKind {
        .list(SigmaSpacing.allCases.map(\.rawValue) + TimestepSpacing.allCases.map(\.rawValue))
    }

    static func names<Choice: CaseIterable & RawRepresentable<String>>(of type: Choice.Type) -> CompletionKind {
        .list(type.allCases.map(\.rawValue))
    }
}
