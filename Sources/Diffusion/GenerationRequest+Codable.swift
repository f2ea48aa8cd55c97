import DiffusionBasics
import DiffusionSchedulers

extension GenerationRequest: Codable {
    private enum CodingKeys: String, CodingKey {
        case prompt
        case negativePrompt = "negative_prompt"
        case width
        case height
        case steps
        case guidanceScale = "cfg_scale"
        case guidanceRescale = "guidance_rescale"
        case sampler = "sampler_name"
        case spacing = "scheduler"
        case timestepSpacing = "timestep_spacing"
        case eta
        case seed
        case imageCount = "n_iter"
        case clipSkip = "clip_skip"
        case noiseSource = "rng"
        case initialImages = "init_images"
        case strength = "denoising_strength"
        case mask
        case guidanceRange = "cfg_range"
        case cache
        case tiling = "vae_tiling"
    }

    /// Reads JSON with AUTOMATIC1111's names.
    /// - Throws: `DecodingError`, also for a spacing that does not exist and a picture that cannot be read.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(prompt: try values.decode(String.self, forKey: .prompt))
        negativePrompt = try values.decodeIfPresent(String.self, forKey: .negativePrompt) ?? ""
        width = try values.decodeIfPresent(Int.self, forKey: .width)
        height = try values.decodeIfPresent(Int.self, forKey: .height)
        steps = try values.decodeIfPresent(Int.self, forKey: .steps)
        guidanceScale = try values.decodeIfPresent(Double.self, forKey: .guidanceScale)
        guidanceRescale = try values.decodeIfPresent(Double.self, forKey: .guidanceRescale) ?? 0
        sampler = try values.decodeIfPresent(String.self, forKey: .sampler)
        try decodeSpacing(values)
        eta = try values.decodeIfPresent(Double.self, forKey: .eta) ?? 0
        seed = try values.decodeIfPresent(UInt64.self, forKey: .seed)
        imageCount = try values.decodeIfPresent(Int.self, forKey: .imageCount) ?? 1
        clipSkip = try values.decodeIfPresent(Int.self, forKey: .clipSkip) ?? 0
        noiseSource = try values.decodeIfPresent(NoiseSource.self, forKey: .noiseSource) ?? .torchCPU
        strength = try values.decodeIfPresent(Double.self, forKey: .strength)
        try decodeApproximations(values)
        initialImage = try values.decodeIfPresent([String].self, forKey: .initialImages)
            .flatMap { try Self.onlyImage($0, values) }
        mask = try values.decodeIfPresent(String.self, forKey: .mask).map { try Self.image($0, .mask, values) }
    }

    /// Writes JSON with AUTOMATIC1111's names; a picture in memory as base64.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(prompt, forKey: .prompt)
        try values.encode(negativePrompt, forKey: .negativePrompt)
        try values.encodeIfPresent(width, forKey: .width)
        try values.encodeIfPresent(height, forKey: .height)
        try values.encodeIfPresent(steps, forKey: .steps)
        try values.encodeIfPresent(guidanceScale, forKey: .guidanceScale)
        try values.encode(guidanceRescale, forKey: .guidanceRescale)
        try values.encodeIfPresent(sampler, forKey: .sampler)
        let spacings = [sigmaSpacing?.rawValue, timestepSpacing?.rawValue].compactMap(\.self)
        try values.encodeIfPresent(spacings.first, forKey: .spacing)
        try values.encodeIfPresent(spacings.count > 1 ? spacings.last : nil, forKey: .timestepSpacing)
        try values.encode(eta, forKey: .eta)
        try values.encodeIfPresent(seed, forKey: .seed)
        try values.encode(imageCount, forKey: .imageCount)
        try values.encode(clipSkip, forKey: .clipSkip)
        try values.encode(noiseSource, forKey: .noiseSource)
        try values.encodeIfPresent(strength, forKey: .strength)
        try values.encodeIfPresent(guidanceRange, forKey: .guidanceRange)
        try values.encodeIfPresent(cache, forKey: .cache)
        try values.encode(tiling, forKey: .tiling)
        try values.encodeIfPresent(initialImage.map { [try $0.text()] }, forKey: .initialImages)
        try values.encodeIfPresent(mask?.text(), forKey: .mask)
    }

    /// One name for either kind of spacing, as the command line has one flag; both need a second key.
    private mutating func decodeSpacing(_ values: KeyedDecodingContainer<CodingKeys>) throws {
        timestepSpacing = try values.decodeIfPresent(TimestepSpacing.self, forKey: .timestepSpacing)
        guard let name = try values.decodeIfPresent(String.self, forKey: .spacing) else { return }
        do {
            let options = try SamplerRegistry.spacing(named: name)
            timestepSpacing = options.timestepSpacing ?? timestepSpacing
            sigmaSpacing = options.sigmaSpacing
        } catch {
            throw DecodingError.dataCorruptedError(forKey: .spacing, in: values, debugDescription: "\(error)")
        }
    }

    private mutating func decodeApproximations(_ values: KeyedDecodingContainer<CodingKeys>) throws {
        guidanceRange = try values.decodeIfPresent(GuidanceRange.self, forKey: .guidanceRange)
        cache = try values.decodeIfPresent(FeatureCache.self, forKey: .cache)
        tiling = try values.decodeIfPresent(TilingChoice.self, forKey: .tiling) ?? .auto
    }

    private static func onlyImage(
        _ texts: [String], _ values: KeyedDecodingContainer<CodingKeys>
    ) throws -> InitialImage? {
        guard texts.count <= 1 else {
            throw DecodingError.dataCorruptedError(
                forKey: .initialImages, in: values, debugDescription: "\(texts.count) pictures, expected one")
        }
        return try texts.first.map { try image($0, .initialImages, values) }
    }

    private static func image(
        _ text: String, _ key: CodingKeys, _ values: KeyedDecodingContainer<CodingKeys>
    ) throws -> InitialImage {
        do {
            return try InitialImage(text: text, isMask: key == .mask)
        } catch {
            throw DecodingError.dataCorruptedError(forKey: key, in: values, debugDescription: "\(error)")
        }
    }
}
