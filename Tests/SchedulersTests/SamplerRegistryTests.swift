import DiffusionSchedulers
import DiffusionTensors
import Testing

@Suite("Sampler names")
struct SamplerRegistryTests {
    @Test(
        "spellings of one sampler",
        arguments: ["ddim", "DDIM", "DDIMScheduler", "ddim_scheduler", " D-D-I-M ", "DDIM Scheduler"])
    func spellings(name: String) throws {
        #expect(try SamplerRegistry.sampler(named: name).name == "DDIMScheduler")
    }

    @Test("no two samplers share a name")
    func namesAreUnique() throws {
        for entry in SamplerRegistry.entries {
            for name in [entry.className] + entry.aliases + entry.presets.map(\.alias) {
                #expect(try SamplerRegistry.sampler(named: name).name == entry.className, "\(name)")
            }
        }
    }

    @Test("a sigma spacing may follow a name")
    func sigmaSpacing() throws {
        #expect(try SamplerRegistry.sampler(named: "DDIM Karras").preset.sigmaSpacing == .karras)
        #expect(try SamplerRegistry.sampler(named: "ddim_trailing").preset.timestepSpacing == .trailing)
    }

    @Test("spacings have names of their own")
    func spacingNames() throws {
        #expect(try SamplerRegistry.spacing(named: "Karras") == SamplerOptions(sigmaSpacing: .karras))
        #expect(try SamplerRegistry.spacing(named: "trailing") == SamplerOptions(timestepSpacing: .trailing))
        #expect(throws: SchedulerError.self) { try SamplerRegistry.spacing(named: "euler") }
    }

    @Test(
        "names of other programs",
        arguments: [
            ("Euler a", "EulerAncestralDiscreteScheduler"), ("k_euler", "EulerDiscreteScheduler"),
            ("DPM++ 2M", "DPMSolverMultistepScheduler"), ("dpmpp_2m", "DPMSolverMultistepScheduler"),
            ("dpm++2m", "DPMSolverMultistepScheduler"), ("DPM2 a", "KDPM2AncestralDiscreteScheduler"),
            ("dpm_2", "KDPM2DiscreteScheduler"), ("PLMS", "PNDMScheduler"), ("uni_pc_bh2", "UniPCMultistepScheduler"),
            ("LMS Karras", "LMSDiscreteScheduler"), ("dpmpp_2m_sde", "DPMSolverMultistepScheduler"),
        ])
    func otherPrograms(name: String, className: String) throws {
        #expect(try SamplerRegistry.sampler(named: name).name == className)
    }

    @Test(
        "one spelling in metadata",
        arguments: [
            ("ddim_scheduler", "DDIM"), ("k_euler_a", "Euler a"), ("dpmpp_2m_karras", "DPM++ 2M Karras"),
            ("EulerDiscreteScheduler", "Euler"), ("dpmpp_2m_sde exponential", "DPM++ 2M SDE Exponential"),
            ("plms", "PLMS"), ("lms beta", "LMS Beta"),
        ])
    func displayName(name: String, expected: String) throws {
        #expect(try SamplerRegistry.displayName(of: name) == expected)
    }

    @Test("a display name means what the name meant")
    func displayNameIsAName() throws {
        let aliases = SamplerRegistry.entries.flatMap { $0.aliases + $0.presets.map(\.alias) }
        let names = aliases + aliases.map { "\($0) karras" } + SamplerRegistry.entries.map(\.className)
        for name in names {
            let display = try SamplerRegistry.displayName(of: name)
            let (before, after) = (
                try SamplerRegistry.sampler(named: name), try SamplerRegistry.sampler(named: display)
            )
            #expect(before.name == after.name && before.preset == after.preset, "\(name) as \(display)")
            #expect(try SamplerRegistry.displayName(of: display) == display)
        }
    }

    @Test("a name's settings reach the scheduler")
    func presets() throws {
        let stochastic = try SamplerRegistry.sampler(named: "DPM++ 2M SDE Karras")
        #expect(stochastic.preset == SamplerOptions(sigmaSpacing: .karras, algorithmType: .sdeDPMSolverPlusPlus))
        let first = { (name: String) in
            try SamplerRegistry.sampler(named: name)
                .makeScheduler(configuration: SchedulerConfiguration(), stepCount: 10).evaluations[1].sigma
        }
        #expect(try first("dpm++ 2m karras") != first("dpm++ 2m"))
        #expect(throws: SchedulerError.self) { try first("ddim karras") }
    }

    @Test("an unknown name gets the nearest")
    func nearest() {
        #expect(throws: SchedulerError.unknownSampler(name: "dddpm", nearest: "ddpm")) {
            try SamplerRegistry.sampler(named: "dddpm")
        }
        #expect(throws: SchedulerError.unknownSampler(name: "", nearest: nil)) {
            try SamplerRegistry.sampler(named: "")
        }
    }

    @Test("a model's class that is not built runs as DDIM and says so")
    func substitute() {
        var configuration = SchedulerConfiguration()
        configuration.className = "DDPMScheduler"
        #expect(SamplerRegistry.sampler(for: configuration).note == nil)
        #expect(SamplerRegistry.sampler(for: configuration).sampler.name == "DDPMScheduler")
        configuration.className = "CosineDPMSolverMultistepScheduler"
        let choice = SamplerRegistry.sampler(for: configuration)
        #expect(choice.sampler.name == "DDIMScheduler")
        #expect(choice.note?.contains("CosineDPMSolverMultistepScheduler") == true)
    }

    @Test("a request's options go before a name's")
    func precedence() {
        let preset = SamplerOptions(timestepSpacing: .trailing, sigmaSpacing: .karras, solverOrder: 3)
        let filled = SamplerOptions(eta: 0.5, timestepSpacing: .leading).filled(from: preset)
        #expect(filled == SamplerOptions(eta: 0.5, timestepSpacing: .leading, sigmaSpacing: .karras, solverOrder: 3))
    }

    @Test("a host program's own scheduler takes part")
    func ownScheduler() throws {
        let sampler = Sampler(HalvingScheduler.self, name: "halving")
        var scheduler = try sampler.makeScheduler(configuration: SchedulerConfiguration(), stepCount: 3)
        var generator: any NoiseGenerator = TorchNoiseGenerator(seed: 0)
        var sample = Tensor(shape: [1, 1, 1, 2], scalars: [8, -4] as [Float])
        for evaluation in scheduler.evaluations {
            sample = scheduler.step(from: sample, modelOutput: sample, at: evaluation, using: &generator).previousSample
        }
        #expect(sample.scalars == [1, -0.5])
    }
}

private struct HalvingScheduler: Scheduler {
    let evaluations: [ModelEvaluation]
    let initialNoiseSigma: Float = 1

    init(configuration: SchedulerConfiguration, stepCount: Int, options: SamplerOptions) throws {
        evaluations = (0..<stepCount).map { ModelEvaluation(index: $0, timestep: 0, sigma: 1, nextSigma: 0.5) }
    }

    func adding(noise: Tensor, to original: Tensor, at evaluation: ModelEvaluation) -> Tensor { original + noise }

    mutating func step(
        from sample: Tensor, modelOutput: Tensor, at evaluation: ModelEvaluation,
        using generator: inout some NoiseGenerator
    ) -> SchedulerOutput {
        SchedulerOutput(previousSample: 0.5 * sample, predictedOriginalSample: sample)
    }
}
