extension SamplerRegistry {
    /// Every sampler, in the order they are listed.
    public static let entries: [Entry] = [
        Entry(
            className: "DDIMScheduler", displayName: "DDIM", scheduler: DDIMScheduler.self, aliases: ["ddim"],
            orders: 1...1,
            isStochastic: true,
            presets: [
                Preset(
                    alias: "ddim_trailing", displayName: "DDIM trailing",
                    options: SamplerOptions(timestepSpacing: .trailing))
            ]),
        Entry(
            className: "DDPMScheduler", displayName: "DDPM", scheduler: DDPMScheduler.self, aliases: ["ddpm"],
            orders: 1...1,
            isStochastic: true, presets: []),
        Entry(
            className: "PNDMScheduler", displayName: "PNDM", scheduler: PNDMScheduler.self, aliases: ["pndm"],
            orders: 4...4,
            isStochastic: false,
            presets: [Preset(alias: "plms", displayName: "PLMS", options: SamplerOptions(skipsPRKSteps: true))]),
        Entry(
            className: "EulerDiscreteScheduler", displayName: "Euler", scheduler: EulerDiscreteScheduler.self,
            aliases: ["euler", "k_euler"], orders: 1...1, isStochastic: false, presets: []),
        Entry(
            className: "EulerAncestralDiscreteScheduler", displayName: "Euler a",
            scheduler: EulerAncestralDiscreteScheduler.self,
            aliases: ["euler_a", "euler_ancestral", "k_euler_a", "k_euler_ancestral"], orders: 1...1,
            isStochastic: true, presets: []),
        Entry(
            className: "LMSDiscreteScheduler", displayName: "LMS", scheduler: LMSDiscreteScheduler.self,
            aliases: ["lms", "k_lms"],
            orders: 4...4, isStochastic: false, presets: []),
        Entry(
            className: "HeunDiscreteScheduler", displayName: "Heun", scheduler: HeunDiscreteScheduler.self,
            aliases: ["heun", "k_heun"],
            orders: 2...2, isStochastic: false, presets: []),
        Entry(
            className: "KDPM2DiscreteScheduler", displayName: "DPM2", scheduler: KDPM2DiscreteScheduler.self,
            aliases: ["dpm2", "dpm_2", "k_dpm_2", "kdpm2"], orders: 2...2, isStochastic: false, presets: []),
        Entry(
            className: "KDPM2AncestralDiscreteScheduler", displayName: "DPM2 a",
            scheduler: KDPM2AncestralDiscreteScheduler.self,
            aliases: ["dpm2_a", "dpm2 ancestral", "dpm_2_ancestral", "k_dpm_2_a", "k_dpm_2_ancestral", "kdpm2_a"],
            orders: 2...2, isStochastic: true, presets: []),
        Entry(
            className: "DPMSolverMultistepScheduler", displayName: "DPM++ 2M",
            scheduler: DPMSolverMultistepScheduler.self,
            aliases: ["dpm++ 2m", "dpmpp_2m", "dpmsolver_multistep", "dpmsolver++"], orders: 1...3, isStochastic: true,
            presets: [
                Preset(
                    alias: "dpm++ 2m sde", displayName: "DPM++ 2M SDE",
                    options: SamplerOptions(algorithmType: .sdeDPMSolverPlusPlus)),
                Preset(
                    alias: "dpm++ 2m sde heun", displayName: "DPM++ 2M SDE Heun",
                    options: SamplerOptions(algorithmType: .sdeDPMSolverPlusPlus, solverType: .heun)),
            ]),
        Entry(
            className: "DPMSolverSinglestepScheduler", displayName: "DPM++ 2S",
            scheduler: DPMSolverSinglestepScheduler.self,
            aliases: ["dpm++ 2s", "dpmpp_2s", "dpmsolver_singlestep"], orders: 1...3, isStochastic: true, presets: []),
        Entry(
            className: "DEISMultistepScheduler", displayName: "DEIS", scheduler: DEISMultistepScheduler.self,
            aliases: ["deis", "deis_multistep"], orders: 1...3, isStochastic: false, presets: []),
        Entry(
            className: "UniPCMultistepScheduler", displayName: "UniPC", scheduler: UniPCMultistepScheduler.self,
            aliases: ["unipc", "uni_pc", "unipc_multistep"], orders: 1...6, isStochastic: false,
            presets: [Preset(alias: "uni_pc_bh2", displayName: "UniPC bh2", options: SamplerOptions(solverType: .bh2))]),
        Entry(
            className: "LCMScheduler", displayName: "LCM", scheduler: LCMScheduler.self, aliases: ["lcm"],
            orders: 1...1,
            isStochastic: true, presets: []),
        Entry(
            className: "TCDScheduler", displayName: "TCD", scheduler: TCDScheduler.self, aliases: ["tcd"],
            orders: 1...1,
            isStochastic: true, presets: []),
    ]
}
