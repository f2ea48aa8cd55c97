// Begins a long render, cancels it in the middle, and renders again with the same pipeline.
//
//     swift run -c release ExampleCancel apple.png
import Diffusion

let pipeline = try await DiffusionPipeline()
var request = GenerationRequest(prompt: "a red apple on a blue background")
request.seed = 1
request.steps = 1000

// The task that computes; the steps it has done come through a stream, as they would reach a user interface.
let events = try pipeline.generate(request)
let (steps, reports) = AsyncStream<StepReport>.makeStream()
let render = Task {
    defer { reports.finish() }
    for try await case .stepCompleted(let step) in events { reports.yield(step) }
}

var lastStep: StepReport?
var moment = ContinuousClock.now
for await step in steps {
    lastStep = step
    if step.evaluation == 3 {
        moment = .now
        render.cancel()
    }
}
do {
    try await render.value
    print("the render was done before it could be cancelled")
} catch is CancellationError {
    print("cancelled after \(lastStep?.evaluation ?? 0) of \(request.steps ?? 0) steps, in \(.now - moment)")
}

// Nothing of the cancelled request is left behind.
request.steps = 20
for picture in try await pipeline.images(request) {
    try picture.write(to: CommandLine.arguments.dropFirst().first ?? "apple.png", overwrites: true)
    print("rendered again in \(picture.request.steps) steps")
}
