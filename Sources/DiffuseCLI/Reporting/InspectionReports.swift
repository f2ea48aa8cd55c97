import Diffusion
import DiffusionBasics
import DiffusionRenderer

/// What `diffuse inspect` says of a picture.
struct PictureReport {
    private let decoded: DecodedImage
    private let path: String

    init(_ decoded: DecodedImage, path: String) {
        (self.decoded, self.path) = (decoded, path)
    }

    var fields: [JSONLine.Field] {
        let marks = decoded.marks
        func property(_ name: String) -> JSONLine.Value {
            marks.xmp.flatMap { XMPPacket.value(of: name, in: $0) }.map(JSONLine.Value.string) ?? .null
        }
        return [
            ("picture", .string(path)), ("format", .string(decoded.format.name)),
            ("size", .string("\(decoded.image.width)x\(decoded.image.height)")),
            ("orientation", marks.orientation == 1 ? .null : .integer(marks.orientation)),
            ("parameters", parameters), ("source_type", marks.digitalSourceType.map(JSONLine.Value.string) ?? .null),
            ("made_by", property("Iptc4xmpExt:AISystemUsed")),
            ("version", property("Iptc4xmpExt:AISystemVersionUsed")),
            ("other_texts", .array(otherTexts.map { .string($0) })),
        ]
    }

    private var parameters: JSONLine.Value {
        guard let parameters = decoded.marks.parameters else { return .null }
        let prompts: [JSONLine.Field] = [
            ("prompt", .string(parameters.prompt)),
            ("negative_prompt", parameters.negativePrompt.isEmpty ? .null : .string(parameters.negativePrompt)),
        ]
        return .object(prompts + parameters.settings.map { ($0.key, .string($0.value)) })
    }

    private var otherTexts: [String] {
        decoded.marks.texts.map(\.keyword).filter { !["parameters", "XML:com.adobe.xmp"].contains($0) }
    }
}

extension ModelReport {
    /// What `diffuse inspect` says of a model.
    func fields(of model: DiffusionModel) -> [JSONLine.Field] {
        [
            ("model", .string(model.name)),
            ("size", .string("\(model.defaultSize.width)x\(model.defaultSize.height)")),
            ("factor", .integer(model.sizeFactor)), ("latent_channels", .integer(latentChannels)),
            ("scheduler", .string(scheduler)), ("prediction_type", .string(predictionType)),
            ("text_layers", .integer(textLayerCount)),
            ("token_limit", tokenLimit.map(JSONLine.Value.integer) ?? .null),
            ("parts", .object(parts.map { ($0.name, .object($0.fields)) })),
            ("image_to_image", .string(encoderProblem.map { "no: \($0)" } ?? "yes")),
            ("inpainting_model", .bool(model.isInpaintingModel)),
            ("knows", .array(model.knownWords.map { .string($0) })),
            ("warnings", .array(model.warnings.map { .string($0) })),
        ]
    }
}

extension ModelReport.Part {
    fileprivate var fields: [JSONLine.Field] {
        [
            ("parameters", .integer(parameterCount)),
            ("precision", .array(elementTypes.map { .string($0.name) })),
            ("missing", problem.map { .string("\($0)") } ?? .null),
            ("unused", unread.map(JSONLine.Value.string) ?? .null),
        ]
    }
}
