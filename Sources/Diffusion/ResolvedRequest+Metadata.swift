import DiffusionBasics
import DiffusionRenderer

extension ResolvedRequest {
    /// What the file of this one picture says about itself.
    /// - Parameters:
    ///   - precision: what computed it, not `auto`: equal bytes are promised for one precision, and within it for the
    ///     same kernels.
    ///   - memoryLimit: of the process, where the picture depends on it.
    ///   - kernels: the processor kernels that did it.
    ///   - isNoiseGiven: whether it began with the caller's noise, which the seed does not tell.
    func metadata(
        precision: Precision, memoryLimit: Int?, kernels: String, isNoiseGiven: Bool
    ) -> ImageMetadata {
        var settings = settings(precision: precision, kernels: kernels)
        if let memoryLimit { settings.append(.init(Self.memoryLimitKey, "\(memoryLimit)B")) }
        if isNoiseGiven { settings.append(.init(Self.startingNoiseKey, "given")) }
        return ImageMetadata(
            parameters: ImageParameters(prompt: prompt, negativePrompt: negativePrompt, settings: settings),
            sourceType: initialPicture == nil
                ? .trainedAlgorithmicMedia : .compositeWithTrainedAlgorithmicMedia,
            system: ProductVersion.name, systemVersion: ProductVersion.version)
    }

    /// Ours; AUTOMATIC1111 has no such thing.
    package static let startingNoiseKey = "Starting noise"
    /// Ours: convolutions are computed in ways that differ by rounding where little memory is allowed.
    package static let memoryLimitKey = "Max memory"
    /// Where the arithmetic stands.
    package static let precisionKey = "Precision"
    /// Ours too: what a job's picture was made from, by which a rerun knows it.
    package static let renderKeyName = "Render key"

    /// Ours too: AUTOMATIC1111 says no more than how it blurs one.
    package static let maskKey = "Mask"

    /// In A1111's order and spelling; values at their default are left out as it does.
    private func settings(precision: Precision, kernels: String) -> [ImageParameters.Setting] {
        var settings: [ImageParameters.Setting] = [
            .init("Steps", String(steps)), .init("Sampler", sampler),
        ]
        if let sigmaSpacing { settings.append(.init("Schedule type", sigmaSpacing.rawValue)) }
        // One key for both kinds where a picture has one of them, as the command line has one flag.
        let key = sigmaSpacing == nil ? "Schedule type" : "Timestep spacing"
        if let timestepSpacing { settings.append(.init(key, timestepSpacing.rawValue)) }
        settings += [
            .init("CFG scale", shortest(guidanceScale)), .init("Seed", String(seed)),
            .init("Size", "\(width)x\(height)"), .init("Model", lastPart(of: model)),
        ]
        if let vae { settings.append(.init("VAE", lastPart(of: vae))) }
        if let initialPicture { settings.append(.init("Denoising strength", shortest(initialPicture.strength))) }
        if initialPicture?.mask != nil { settings.append(.init(Self.maskKey, "given")) }
        // AUTOMATIC1111 counts from 1, the last layer.
        if clipSkip > 0 { settings.append(.init("Clip skip", String(clipSkip + 1))) }
        if eta > 0 { settings.append(.init("Eta", shortest(eta))) }
        if guidanceRescale > 0 { settings.append(.init("CFG rescale", shortest(guidanceRescale))) }
        if noiseSource != .torchCPU { settings.append(.init("RNG", noiseSource.rawValue)) }
        settings += approximationSettings
        settings += [
            .init(Self.precisionKey, precision.rawValue), .init("Kernels", kernels),
            .init("Version", "\(ProductVersion.name) \(ProductVersion.version)"),
        ]
        return settings
    }

    /// A picture need not tell its maker's folders.
    private func lastPart(of path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    /// 7 for 7.0.
    private func shortest(_ value: Double) -> String {
        Int(exactly: value).map(String.init) ?? String(value)
    }
}
