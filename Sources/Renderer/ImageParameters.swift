/// What made a picture, as AUTOMATIC1111's web interface writes it into one ("infotext").
package struct ImageParameters: Sendable, Hashable {
    package struct Setting: Sendable, Hashable {
        /// For example `Steps`, `CFG scale`, `Model hash`.
        package var key: String
        package var value: String

        package init(_ key: String, _ value: String) {
            self.key = key
            self.value = value
        }
    }

    package var prompt: String
    package var negativePrompt: String
    /// In the order they are written: Steps, Sampler, Schedule type, CFG scale, Seed, Size, Model hash, Model,
    /// Denoising strength, Clip skip, Eta, RNG, …, Version.
    package var settings: [Setting]

    package init(prompt: String, negativePrompt: String = "", settings: [Setting]) {
        self.prompt = prompt
        self.negativePrompt = negativePrompt
        self.settings = settings
    }

    /// The value of the first setting with this key.
    package subscript(key: String) -> String? { settings.first { $0.key == key }?.value }

    /// `Size` as numbers, where it is `<width>x<height>`.
    package var size: (width: Int, height: Int)? {
        let parts = self["Size"]?.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) } ?? []
        guard parts.count == 2, let width = parts[0], let height = parts[1] else { return nil }
        return (width, height)
    }

    /// The same without the prompts, which says so.
    package var withoutPrompt: ImageParameters {
        let negative = negativePrompt.isEmpty ? [] : [Setting(Self.negativePromptKeptKey, Self.notKept)]
        return ImageParameters(
            prompt: "", settings: settings + [Setting(Self.promptKeptKey, Self.notKept)] + negative)
    }

    static let negativePromptLabel = "Negative prompt:"
    /// A last line with fewer settings is part of the prompt, to AUTOMATIC1111 and to us.
    static let fewestSettings = 3
    /// Ours, written where a file does not hold the whole of a prompt.
    package static let promptKeptKey = "Prompt kept"
    package static let negativePromptKeptKey = "Negative prompt kept"
    /// Left out on purpose.
    package static let notKept = "no"
    /// Cut, for lack of room.
    package static let keptInPart = "in part"
    /// Ours: the prompts as JSON, written only where the lines above would not give them back exactly.
    static let exactPromptKey = "Exact prompt"
    static let exactNegativePromptKey = "Exact negative prompt"
}
