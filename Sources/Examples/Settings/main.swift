// Everything that is commonly chosen about a picture, a model and the machine; lists the samplers first.
//
//     swift run -c release ExampleSettings "a red apple on a blue background" apple.jpg [MODEL]
import Diffusion

let arguments = Array(CommandLine.arguments.dropFirst())

for sampler in SamplerRegistry.entries {
    print("\(sampler.displayName): \(sampler.aliases.joined(separator: ", "))")
}

// Reads a model's configuration only: enough to check requests, in milliseconds.
let model = try DiffusionModel(arguments.count > 2 ? .path(arguments[2]) : .embedded)
model.warnings.forEach { print("note: \($0)") }
print("\(model.defaultSize.width)×\(model.defaultSize.height) pixels, in multiples of \(model.sizeFactor)")

var request = GenerationRequest(prompt: arguments.first ?? "a red apple on a blue background")
request.negativePrompt = "blurred"
request.width = model.defaultSize.width
request.height = model.defaultSize.height + model.sizeFactor
request.sampler = "DPM++ 2M Karras"
request.steps = 12
request.guidanceScale = 4
request.seed = 7
request.imageCount = 2

// All values fixed and checked: the same again gives the same pictures.
let resolved = try model.resolve(request)
print("seed \(resolved.seed), \(resolved.sampler), \(try model.evaluationCount(of: resolved)) network calls a picture")

// Of this only the precision changes a picture, by a little.
var options = PipelineOptions()
options.precision = .auto
options.threadCount = min(4, PipelineOptions.availableCoreCount)
options.keepsTextEncoder = false

let pipeline = try await DiffusionPipeline(model, options: options)
for try await case .finished(let picture) in try pipeline.generate(resolved) {
    // Several pictures need several names; the ending chooses the format.
    let path = arguments.count > 1 ? arguments[1] : "apple.jpg"
    try picture.write(to: picture.index == 0 ? path : "\(picture.index)-\(path)", overwrites: true, quality: 95)
    print("picture \(picture.index) has seed \(picture.request.seed)")
}
