/// What an image says about itself.
package struct ImageMetadata: Sendable, Hashable {
    /// IPTC's digital source types that concern generated pictures (NewsCodes, `digitalsourcetype`).
    package enum DigitalSourceType: String, Sendable, Hashable {
        case trainedAlgorithmicMedia
        /// Image to image: a picture that was there before went in.
        case compositeWithTrainedAlgorithmicMedia

        package var uri: String { "http://cv.iptc.org/newscodes/digitalsourcetype/\(rawValue)" }
    }

    package var parameters: ImageParameters
    package var sourceType: DigitalSourceType
    /// The program's name and version.
    package var system: String
    package var systemVersion: String
    /// Whether the prompts are among what is written.
    package var includesPrompt: Bool

    package init(
        parameters: ImageParameters, sourceType: DigitalSourceType, system: String, systemVersion: String,
        includesPrompt: Bool = true
    ) {
        self.parameters = parameters
        self.sourceType = sourceType
        self.system = system
        self.systemVersion = systemVersion
        self.includesPrompt = includesPrompt
    }

    static let parametersKeyword = "parameters"
    static let xmpKeyword = "XML:com.adobe.xmp"

    var software: String { "\(system) \(systemVersion)" }
    var writtenParameters: ImageParameters { includesPrompt ? parameters : parameters.withoutPrompt }

    /// The text chunks of a PNG. There is no time stamp in them: equal runs give equal files.
    package var pngTexts: [PNGText] {
        [
            PNGText(keyword: Self.parametersKeyword, text: writtenParameters.text),
            PNGText(keyword: Self.xmpKeyword, text: xmp(includesPrompt: includesPrompt).text, isInternational: true),
        ]
    }

    /// The names are those of the IPTC Photo Metadata Standard 2025.1 (`Iptc4xmpExt`) and of XMP's own basic schema.
    func xmp(includesPrompt: Bool) -> XMPPacket {
        var properties: [XMPPacket.Property] = [
            .init(.iptcExtension, "DigitalSourceType", sourceType.uri),
            .init(.iptcExtension, "AISystemUsed", system),
            .init(.iptcExtension, "AISystemVersionUsed", systemVersion),
            .init(.basic, "CreatorTool", software),
        ]
        if includesPrompt, !promptInformation.isEmpty {
            properties.append(.init(.iptcExtension, "AIPromptInformation", promptInformation))
        }
        return XMPPacket(properties)
    }

    private var promptInformation: String {
        let negative = parameters.negativePrompt
        if negative.isEmpty { return parameters.prompt }
        return "\(parameters.prompt)\n\(ImageParameters.negativePromptLabel) \(negative)"
    }
}
