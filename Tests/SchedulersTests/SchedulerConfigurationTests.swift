import DiffusionBasics
import DiffusionSchedulers
import Testing

@Suite("Scheduler configuration")
struct SchedulerConfigurationTests {
    private func decode(_ text: String) throws -> SchedulerConfiguration {
        try SchedulerConfiguration(json: Array(text.utf8))
    }

    @Test("absent keys and nulls stay open for the class that runs")
    func openKeys() throws {
        let configuration = try decode(#"{"_class_name": "PNDMScheduler", "trained_betas": null}"#)
        var expected = SchedulerConfiguration()
        expected.className = "PNDMScheduler"
        #expect(configuration == expected)
    }

    @Test("keys of other scheduler classes are known, others are named")
    func unknownKeys() throws {
        let configuration = try decode(
            """
            {"_class_name": "X", "_hidden": 1, "lower_order_final": true, "flow_shift": 1.0, "dropout": 0, "skip_prk": 1,
             "lambda_min_clipped": -Infinity, "disable_corrector": [0, 2], "use_karras_sigmas": true}
            """)
        #expect(configuration.unknownKeys == ["dropout", "skip_prk"])
        #expect(configuration.lambdaMinClipped == -.infinity)
        #expect(configuration.disableCorrector == [0, 2])
        #expect(configuration.sigmaSpacing == .karras)
    }

    @Test(
        "values that cannot be used are refused by key",
        arguments: [
            (#"{"beta_schedule": "cubic"}"#, "beta_schedule"), (#"{"prediction_type": "flow"}"#, "prediction_type"),
            (#"{"num_train_timesteps": 0}"#, "num_train_timesteps"), (#"{"beta_end": "0.02"}"#, "beta_end"),
            (#"{"num_train_timesteps": 1e12}"#, "num_train_timesteps"),
            (#"{"use_flow_sigmas": true}"#, "use_flow_sigmas"),
            (#"{"use_beta_sigmas": true, "use_karras_sigmas": true}"#, "use_beta_sigmas"),
            (#"{"steps_offset": -1}"#, "steps_offset"), (#"{"sigma_max": 0}"#, "sigma_max"),
            (#"{"trained_betas": [0.1, "x"]}"#, "trained_betas"),
        ])
    func refusals(text: String, key: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try decode(text) }
        #expect(error?.sentence.contains("\"\(key)\"") == true, "\(String(describing: error))")
    }

    @Test(
        "schedules that are none are refused",
        arguments: [
            #"{"beta_end": 2}"#, #"{"beta_start": -0.1}"#, #"{"trained_betas": [0.1, 0.2], "num_train_timesteps": 3}"#,
            #"{"trained_betas": [0.1, 1.2], "num_train_timesteps": 2}"#,
            #"{"thresholding": true, "dynamic_thresholding_ratio": 2}"#,
            #"{"thresholding": true, "sample_max_value": 0}"#,
        ])
    func badSchedules(text: String) throws {
        let configuration = try decode(text)
        #expect(throws: ConfigurationError.self) {
            try DDIMScheduler(configuration: configuration, stepCount: 1, options: SamplerOptions())
        }
    }

    @Test("the Stable Diffusion pipeline's corrections go over the file and the class")
    func corrections() throws {
        for text in ["{}", #"{"steps_offset": 0, "clip_sample": true}"#, #"{"steps_offset": 7, "clip_sample": false}"#]
        {
            let corrected = try decode(text).correctedForStableDiffusion()
            #expect(corrected.stepsOffset == 1 && corrected.clipSample == false)
        }
    }

    @Test("a step count that the training schedule cannot hold is refused with a sentence")
    func stepCounts() throws {
        let configuration = try decode(#"{"num_train_timesteps": 20}"#)
        for stepCount in [0, -3, 21] {
            #expect(throws: SchedulerError.stepCountOutOfRange(stepCount: stepCount, allowed: 1...20)) {
                try DDPMScheduler(configuration: configuration, stepCount: stepCount, options: SamplerOptions())
            }
        }
        let error = #expect(throws: SchedulerError.self) {
            try DDIMScheduler(
                configuration: configuration.correctedForStableDiffusion(), stepCount: 20, options: SamplerOptions())
        }
        #expect(error == .timestepOutOfRange(timestep: 20, stepCount: 20, last: 19))
        #expect(error?.sentence == "20 steps with this spacing and offset reach timestep 20; the model knows 0 to 19.")
    }

    @Test("a model that predicts noise cannot begin where there is only noise")
    func noSignal() throws {
        let text = #"{"rescale_betas_zero_snr": true, "clip_sample": false, "timestep_spacing": "trailing"}"#
        #expect(throws: SchedulerError.noSignal(timestep: 999)) {
            try DDIMScheduler(configuration: decode(text), stepCount: 10, options: SamplerOptions())
        }
    }

    @Test("image to image leaves out whole steps")
    func skipping() throws {
        let scheduler = try DDIMScheduler(configuration: decode("{}"), stepCount: 10, options: SamplerOptions())
        #expect(scheduler.evaluations(skippingSteps: 7).map(\.timestep) == [200, 100, 0])
        #expect(scheduler.evaluations(skippingSteps: 7).first?.index == 7)
    }
}
