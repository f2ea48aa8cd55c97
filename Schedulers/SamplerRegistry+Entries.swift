extension SamplerRegistry {
    /// Every sampler, in the order they are listed.
    public static let entries: [Entry] = [
        Entry(
            className: "DDIMScheduler", scheduler: DDIMScheduler.self, aliases: ["ddim"], orders: 1...1,
            isStochastic: true,
            presets: [Preset(alias: "ddim_trailing", options: SamplerOptions(timestepSpacing: .trailing))]),
        Entry(
            className: "DDPMScheduler", scheduler: DDPMScheduler.self, aliases: ["ddpm"], orders: 1...1,
            isStochastic: true, presets: []),
    ]
}
