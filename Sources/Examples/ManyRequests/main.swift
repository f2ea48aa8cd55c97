// One pipeline, many requests at once, as in a server: each argument is a prompt, a bad one does not stop the others.
//
//     swift run -c release ExampleManyRequests "red apple" "strawberry" "soccer ball"
import Diffusion

let prompts = CommandLine.arguments.dropFirst()
var requests = prompts.enumerated().map { number, prompt in
    var request = GenerationRequest(prompt: prompt)
    request.seed = UInt64(number)
    request.steps = 8
    return request
}
// One that no model can render.
var impossible = GenerationRequest(prompt: "a line")
impossible.height = 1
requests.append(impossible)

/// What a server answers: a picture's bytes, or what is wrong in the words for its user.
func answer(_ request: GenerationRequest, with pipeline: DiffusionPipeline) async throws -> [[UInt8]] {
    do {
        return try await pipeline.images(request).map { try $0.encoded(as: .png) }
    } catch let error as any DescribedError {
        print("\(request.prompt): \(error.code): \(error.sentence) \(error.remedy ?? "")")
        if error.isTransient { print("\(request.prompt): worth another try") }
        return []
    }
}

// Loaded once; requests that come at the same time take turns, step by step.
let pipeline = try await DiffusionPipeline()
try await withThrowingTaskGroup { group in
    for request in requests {
        group.addTask { (request.prompt, try await answer(request, with: pipeline)) }
    }
    for try await (prompt, pictures) in group {
        pictures.forEach { print("\(prompt): \($0.count) bytes of PNG") }
    }
}
