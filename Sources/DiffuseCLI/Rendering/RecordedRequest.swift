import Diffusion
import DiffusionBasics
import DiffusionRenderer
import DiffusionSchedulers

/// What a picture's own parameters say of its making: ours, or AUTOMATIC1111's.
struct RecordedRequest {
    private(set) var request: GenerationRequest
    /// What it was computed in, where it says so.
    private(set) var precision: Precision?
    /// Bytes that the process had, where that changed the picture.
    private(set) var memoryLimit: Int?
    private let path: String
    private let parameters: ImageParameters
    private let fileFormat: ImageFormat

    /// - Throws: `FileSystemError`, `ImageError`, `UsageError` for a picture that says nothing, or nothing to be understood.
    init(path: String) throws {
        self.path = path
        let decoded = try ImageReader.read(path)
        fileFormat = decoded.format
        guard let parameters = decoded.marks.parameters, parameters["Steps"] != nil || parameters["Seed"] != nil else {
            throw UsageError.conflict(
                "\(path) says nothing of its making.", remedy: "Name the prompt and the seed yourself.")
        }
        self.parameters = parameters
        request = GenerationRequest(prompt: parameters.prompt)
        request.negativePrompt = parameters.negativePrompt
        try takeNumbers()
        try takeSampler()
        try takeNoiseSource()
        try takePrecision()
        try takeMemoryLimit()
        try takeApproximations()
        if let size = parameters.size { (request.width, request.height) = (size.width, size.height) }
    }

    /// The seed as `--seed` takes it.
    var seedText: String? { parameters["Seed"] }

    /// What a job's picture was made from.
    var renderKey: String? { parameters[ResolvedRequest.renderKeyName] }

    /// The picture's own format, unless the output's name says one.
    func format(forOutput output: String?) -> String? {
        let ending = output.flatMap { PathParts($0).fileExtension }
        return ending == nil ? fileFormat.rawValue : nil
    }

    /// Of a JPEG of ours; nil where nothing is said.
    /// - Throws: `UsageError.badValue`.
    func quality() throws -> Int? { try number(ImageWriter.qualityKey) }

    /// Whether the file was made not to hold its prompts.
    var lacksPrompt: Bool { parameters[ImageParameters.promptKeptKey] == ImageParameters.notKept }

    /// A picture need not hold the prompts that it was made with.
    /// - Throws: `UsageError.conflict` where one is missing and is not named.
    func checkPrompts(isNamed: Bool, isNegativeNamed: Bool) throws {
        let prompts = [
            ("prompt", ImageParameters.promptKeptKey, isNamed, "Name it"),
            (
                "negative prompt", ImageParameters.negativePromptKeptKey, isNegativeNamed,
                "Name it with --negative-prompt"
            ),
        ]
        for (name, key, isNamed, remedy) in prompts where !isNamed {
            guard let kept = parameters[key] else { continue }
            throw UsageError.conflict(
                kept == ImageParameters.notKept
                    ? "\(path) does not hold its \(name): it was made with --no-prompt-metadata."
                    : "\(path) holds its \(name) in part only: it is too long for a JPEG's metadata.",
                remedy: "\(remedy) beside --from-image.")
        }
    }

    /// A picture made from another does not hold that one, nor its mask.
    /// - Throws: `UsageError.conflict` where one is missing and is not named.
    func checkPictures(isNamed: Bool, isMaskNamed: Bool) throws {
        let lacksMask = isMasked && !isMaskNamed
        switch (isFromPicture && !isNamed, lacksMask) {
        case (true, true):
            throw UsageError.conflict(
                "\(path) was made from another picture and a mask, which it does not hold.",
                remedy: "Name them with --init-img and --mask.")
        case (true, false):
            throw UsageError.conflict(
                "\(path) was made from another picture, which it does not hold.",
                remedy: "Name that one with --init-img.")
        case (false, true):
            throw UsageError.conflict(
                "\(path) was made with a mask, which it does not hold.", remedy: "Name that one with --mask.")
        case (false, false): return
        }
    }

    /// - Throws: `UsageError.conflict` where it began with noise that its seed does not tell.
    func checkStart(hasNoise: Bool) throws {
        guard parameters[ResolvedRequest.startingNoiseKey] != nil, !hasNoise else { return }
        throw UsageError.conflict(
            "\(path) began with noise of its maker's own, which it does not hold.",
            remedy: "Name that with --init-latents.")
    }

    /// What may keep the picture from coming out the same.
    func notes(for model: DiffusionModel) -> [String] {
        var notes: [String] = []
        let name = model.name.split(separator: "/").last.map(String.init) ?? model.name
        if let other = parameters["Model"], other != name {
            notes.append("\(path) was made with the model \(other); this is \(name).")
        }
        let vae = model.replacedAutoencoder.flatMap { $0.split(separator: "/").last.map(String.init) }
        if let other = parameters["VAE"], other != vae {
            notes.append("\(path) was made with the autoencoder \(other); --vae takes another one in.")
        }
        let version = "\(ProductVersion.name) \(ProductVersion.version)"
        if let other = parameters["Version"], other != version {
            notes.append("\(path) was made by \(other); this is \(version).")
        }
        return notes
    }

    /// AUTOMATIC1111 tells of a mask by how it is used.
    private var isMasked: Bool {
        [ResolvedRequest.maskKey, "Mask blur", "Inpaint area"].contains { parameters[$0] != nil }
    }

    /// AUTOMATIC1111 writes a strength for its second pass over an enlarged picture too.
    private var isFromPicture: Bool { parameters["Denoising strength"] != nil && parameters["Hires upscale"] == nil }
}

extension RecordedRequest {
    private mutating func takeNumbers() throws {
        request.steps = try number("Steps")
        request.guidanceScale = try number("CFG scale")
        request.strength = isFromPicture ? try number("Denoising strength") : nil
        // AUTOMATIC1111 counts from 1, the last layer.
        request.clipSkip = try number("Clip skip").map { max(0, $0 - 1) } ?? 0
        request.eta = try number("Eta") ?? 0
        request.guidanceRescale = try number("CFG rescale") ?? 0
    }

    private mutating func takeSampler() throws {
        request.sampler = parameters["Sampler"]
        for key in ["Schedule type", "Timestep spacing"] {
            guard let name = parameters[key], name != "Automatic" else { continue }
            let spacing = try SamplerRegistry.spacing(named: name)
            request.sigmaSpacing = spacing.sigmaSpacing ?? request.sigmaSpacing
            request.timestepSpacing = spacing.timestepSpacing ?? request.timestepSpacing
        }
    }

    private mutating func takeNoiseSource() throws {
        guard let name = parameters["RNG"] else { return }
        guard let source = GenerationRequest.NoiseSource.named(name) else {
            throw unusable("RNG", name, expected: "torch-cpu or philox")
        }
        request.noiseSource = source
    }

    private mutating func takePrecision() throws {
        guard let name = parameters[ResolvedRequest.precisionKey] else { return }
        guard let known = Precision(rawValue: name) else {
            throw unusable(
                ResolvedRequest.precisionKey, name,
                expected: Precision.allCases.map(\.rawValue).joined(separator: ", "))
        }
        precision = known
    }

    private mutating func takeMemoryLimit() throws {
        guard let text = parameters[ResolvedRequest.memoryLimitKey] else { return }
        guard let count = ByteCount.parse(text), count > 0 else {
            throw unusable(ResolvedRequest.memoryLimitKey, text, expected: "a size such as 2GB")
        }
        memoryLimit = count
    }

    private mutating func takeApproximations() throws {
        request.guidanceRange = try value(ResolvedRequest.guidanceRangeKey, expected: "such as 0.2..0.8")
        request.cache = try value(ResolvedRequest.cacheKey, expected: "such as deep:3")
        request.tiling = try value(ResolvedRequest.tilingKey, expected: "on or off") ?? .auto
    }

    private func value<Value: RawRepresentable<String>>(_ key: String, expected: String) throws -> Value? {
        guard let text = parameters[key] else { return nil }
        guard let value = Value(rawValue: text) else { throw unusable(key, text, expected: expected) }
        return value
    }

    private func number<Number: LosslessStringConvertible>(_ key: String) throws -> Number? {
        guard let text = parameters[key] else { return nil }
        guard let number = Number(text) else { throw unusable(key, text, expected: "a number") }
        return number
    }

    private func unusable(_ key: String, _ found: String, expected: String) -> UsageError {
        .badValue(flag: "\(key) in \(path)", found: found, expected: expected)
    }
}
