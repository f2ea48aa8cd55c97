import DiffusionBasics
import DiffusionRenderer

extension OutputNameTemplate {
    /// A template of our own.
    static func literal(_ text: String) -> OutputNameTemplate {
        do {
            return try OutputNameTemplate(text, origin: .jobFile)
        } catch {
            reportBug("\(text) is no template: \(error)")
        }
    }

    /// Whether names tell the picture's size.
    var namesSize: Bool { !placeholders.isDisjoint(with: [.width, .height]) }
}

extension OutputNameTemplate.Values {
    /// What a request says; 0 for what it leaves open.
    mutating func take(_ request: GenerationRequest) {
        width = request.width ?? 0
        height = request.height ?? 0
        steps = request.steps ?? 0
        guidanceScale = request.guidanceScale ?? 0
        sampler = request.sampler ?? ""
    }
}

extension OutputNameTemplate.Values {
    /// What a picture's request says.
    package mutating func take(_ request: ResolvedRequest) {
        (width, height, steps) = (request.width, request.height, request.steps)
        (guidanceScale, sampler) = (request.guidanceScale, request.sampler)
    }
}
