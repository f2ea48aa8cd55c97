import DiffusionBasics
import DiffusionRenderer

extension ResolvedRequest {
    /// What the file of this one picture says about itself.
    /// - Parameter arithmetic: what computed it, for example `f32`: equal bytes are promised for one arithmetic.
    func metadata(arithmetic: String) -> ImageMetadata {
        ImageMetadata(
            parameters: ImageParameters(
                prompt: prompt, negativePrompt: negativePrompt, settings: settings(arithmetic: arithmetic)),
            sourceType: .trainedAlgorithmicMedia, system: ProductVersion.name, systemVersion: ProductVersion.version)
    }

    /// In A1111's order and spelling; values at their default are left out as it does.
    private func settings(arithmetic: String) -> [ImageParameters.Setting] {
        var settings: [ImageParameters.Setting] = [
            .init("Steps", String(steps)), .init("Sampler", sampler),
        ]
        if let timestepSpacing { settings.append(.init("Schedule type", timestepSpacing.rawValue)) }
        settings += [
            .init("CFG scale", shortest(guidanceScale)), .init("Seed", String(seed)),
            .init("Size", "\(width)x\(height)"), .init("Model", lastPart(of: model)),
        ]
        if let vae { settings.append(.init("VAE", lastPart(of: vae))) }
        if clipSkip > 0 { settings.append(.init("Clip skip", String(clipSkip))) }
        if eta > 0 { settings.append(.init("Eta", shortest(eta))) }
        if guidanceRescale > 0 { settings.append(.init("CFG rescale", shortest(guidanceRescale))) }
        if noiseSource != .torchCPU { settings.append(.init("RNG", noiseSource.rawValue)) }
        settings += [
            .init("Precision", arithmetic), .init("Version", "\(ProductVersion.name) \(ProductVersion.version)"),
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
