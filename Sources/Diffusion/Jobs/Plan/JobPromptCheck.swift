import DiffusionBasics

/// Warns of prompts that the text encoder cuts. A token stands for one byte or more, so short prompts need no look.
struct JobPromptCheck {
    private var seen: Set<ExactString> = []
    private static let shortest = 76
    /// Taking prompts apart takes time; after so many, those who write them know.
    private static let mostPrompts = 1000

    mutating func warning(_ render: JobRender, _ model: DiffusionModel) -> String? {
        let prompt = render.request.prompt
        guard prompt.utf8.count >= Self.shortest, seen.count < Self.mostPrompts,
            seen.insert(ExactString(prompt)).inserted, let tokens = try? model.tokens(of: prompt),
            let cut = tokens.truncatedText
        else { return nil }
        return
            "The prompt of job \"\(render.jobID.prefix(60))\" has \(tokens.pieces.count) tokens, of which the model takes "
            + "\(tokens.limit): from \"\(cut.prefix(40))\" on it is left out."
    }
}
