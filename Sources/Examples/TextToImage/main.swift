// Renders one picture with the embedded model and shows how far it is.
//
//     swift run -c release ExampleTextToImage "a red apple on a blue background" apple.png
import Diffusion

let arguments = CommandLine.arguments.dropFirst()
var request = GenerationRequest(prompt: arguments.first ?? "a red apple on a blue background")
request.seed = 1

let pipeline = try await DiffusionPipeline()
for try await event in try pipeline.generate(request) {
    switch event {
    case .promptEncoded(let report): report.warnings.forEach { print("note: \($0)") }
    case .stepCompleted(let step): print("step \(step.evaluation) of \(step.evaluationCount)")
    case .finished(let picture): try picture.write(to: arguments.dropFirst().first ?? "apple.png", overwrites: true)
    }
}
