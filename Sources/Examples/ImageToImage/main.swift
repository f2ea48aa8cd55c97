// Makes a picture from a prompt and another picture.
//
//     swift run -c release ExampleImageToImage "a lemon" apple.png lemon.png
import Diffusion

let arguments = Array(CommandLine.arguments.dropFirst())
let (prompt, input, output) = (arguments.first ?? "a lemon", arguments.dropFirst().first, arguments.dropFirst(2).first)

var request = GenerationRequest(prompt: prompt)
request.initialImage = .file(input ?? "output.png")
// The share of the steps that is done, and so of the picture that gives way.
request.strength = 0.6
request.seed = 7

let pipeline = try await DiffusionPipeline()
for picture in try await pipeline.images(request) {
    try picture.write(to: output ?? "image-to-image.png", overwrites: true)
    print("\(picture.image.width)×\(picture.image.height) pixels, seed \(picture.request.seed)")
}
