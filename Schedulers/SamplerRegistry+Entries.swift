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
        Entry(
            className: "PNDMScheduler", scheduler: PNDMScheduler.self, aliases: ["pndm"], orders: 4...4,
            isStochastic: false,
            presets: [Preset(alias: "plms", options: SamplerOptions(skipsPRKSteps: true))]),
        Entry(
            className: "EulerDiscreteScheduler", scheduler: EulerDiscreteScheduler.self,
            aliases: ["euler", "k_euler"], orders: 1...1, isStochastic: false, presets: []),
        Entry(
            className: "EulerAncestralDiscreteScheduler", scheduler: EulerAncestralDiscreteScheduler.self,
            aliases: ["euler_a", "euler_ancestral", "k_euler_a", "k_euler_ancestral"], orders: 1...1,
            isStochastic: true, presets: []),
        Entry(
            className: "LMSDiscreteScheduler", scheduler: LMSDiscreteScheduler.self, aliases: ["lms", "k_lms"],
            orders: 4...4, isStochastic: false, presets: []),
        Entry(
            className: "HeunDiscreteScheduler", scheduler: HeunDiscreteScheduler.self, aliases: ["heun", "k_heun"],
            orders: 2...2, isStochastic: false, presets: []),
        Entry(
            className: "KDPM2DiscreteScheduler", scheduler: KDPM2DiscreteScheduler.self,
            aliases: ["dpm2", "dpm_2", "k_dpm_2", "kdpm2"], orders: 2...2, isStochastic: false, presets: []),
        Entry(
            className: "KDPM2AncestralDiscreteScheduler", scheduler: KDPM2AncestralDiscreteScheduler.self,
            aliases: ["dpm2_a", "dpm2 ancestral", "dpm_2_ancestral", "k_dpm_2_a", "k_dpm_2_ancestral", "kdpm2_a"],
            orders: 2...2, isStochastic: true, presets: []),
    ]
}
