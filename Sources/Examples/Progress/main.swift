// Tells how far a render is and how long the rest will take.
//
//     swift run -c release ExampleProgress "a red apple on a blue background" apple.png
import Diffusion

let arguments = CommandLine.arguments.dropFirst()
var request = GenerationRequest(prompt: arguments.first ?? "a red apple on a blue background")
request.seed = 1

let pipeline = try await DiffusionPipeline()
let events = try pipeline.generate(request)
print("\(events.request.steps) steps with \(events.request.sampler), seed \(events.request.seed)")

var spent = 0.0
for try await event in events {
    switch event {
    case .promptEncoded(let report):
        print("the prompt has \(report.tokenCount) of \(report.tokenLimit) tokens")
        report.warnings.forEach { print("note: \($0)") }
    case .stepCompleted(let step):
        // A solver may call the network more often than there are steps: count its calls.
        spent += step.seconds
        let left = spent / Double(step.evaluation) * Double(step.evaluationCount - step.evaluation)
        print("\(step.evaluation) of \(step.evaluationCount), \((left * 10).rounded() / 10) s left")
    case .finished(let picture):
        picture.warnings.forEach { print("note: \($0)") }
        try picture.write(to: arguments.dropFirst().first ?? "apple.png", overwrites: true)
        print("done: \(picture.seconds.denoising) s for the steps, \(picture.seconds.decoding) s for the picture")
    }
}
