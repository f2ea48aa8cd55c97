// Renders with a scheduler that this program brings along.
//
//     swift run -c release ExampleOwnScheduler "a red apple on a blue background" apple.png
import Diffusion

let arguments = CommandLine.arguments.dropFirst()
var request = GenerationRequest(prompt: arguments.first ?? "a red apple on a blue background")
request.seed = 1

let pipeline = try await DiffusionPipeline()
let sampler = Sampler(QuadraticScheduler.self, name: "quadratic")
for picture in try await pipeline.images(request, sampler: sampler) {
    try picture.write(to: arguments.dropFirst().first ?? "apple.png", overwrites: true)
    print("rendered with \(picture.request.sampler), seed \(picture.request.seed)")
}
