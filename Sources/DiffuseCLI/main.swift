import Diffusion
let pipeline = try await DiffusionPipeline()
print(pipeline.warnings)
var request = GenerationRequest(prompt: CommandLine.arguments.dropFirst().first ?? "red apple")
request.seed = 1
let clock = ContinuousClock()
var t = clock.now
for try await e in try pipeline.generate(request) {
    switch e {
    case .promptEncoded(let r): print(r)
    case .stepCompleted(let s): print(s.evaluation, s.timestep, s.seconds)
    case .finished(let i): try i.write(to: "/tmp/out.png", overwrites: true); print(i.seconds)
    }
}
