import DiffusionRenderer
import DiffusionSchedulers

/// A render on its way: what settings were given, before the model's card and the package fill the rest.
struct JobDraft: Sendable {
    /// Everything but prompts, seed and pictures.
    var request = GenerationRequest(prompt: "")
    var prompt = PromptTemplate(literal: "")
    var negativePrompt = PromptTemplate(literal: "")
    /// nil: to be made from the job's text.
    var seed: UInt64?
    var batchCount = 1
    var batchSize = 1
    var model = JobModel()
    /// The job's own template.
    var outputName: OutputNameTemplate?
    /// A path, or the picture itself as text.
    var initialPicture: String?
    /// The same of the mask.
    var mask: String?
    /// A sampler that was named where the spacing is.
    var schedulersSampler: String?

    mutating func apply(_ setting: JobSetting) {
        guard case .field(let index) = setting.key else { return }
        JobField.all[index].apply(setting.value, &self)
    }

    /// As A1111's `scheduler`, which sd.cpp gives a sampler's name too.
    mutating func setSpacing(_ name: String) {
        (request.timestepSpacing, request.sigmaSpacing) = (nil, nil)
        if let options = try? SamplerRegistry.spacing(named: name) {
            (request.timestepSpacing, request.sigmaSpacing) = (options.timestepSpacing, options.sigmaSpacing)
        } else if !name.isEmpty {
            schedulersSampler = name
        }
    }
}
