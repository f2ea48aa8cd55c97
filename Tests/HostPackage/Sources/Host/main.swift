import Diffusion
import Foundation

/// Ends with an error unless `condition` holds.
func check(_ condition: Bool, _ what: String) {
    guard condition else {
        FileHandle.standardError.write(Data("failed: \(what)\n".utf8))
        exit(1)
    }
    print("ok: \(what)")
}

var request = GenerationRequest(prompt: "a red apple")
request.seed = 5
request.steps = 4

let pipeline = try await DiffusionPipeline(.embedded)
let first = try await pipeline.images(request)
check(first.count == 1, "renders a picture")

// Cancels in the middle of a long run.
var long = request
long.steps = 500
let sequence = try pipeline.generate(long)
let task = Task {
    var steps = 0
    for try await case .stepCompleted in sequence {
        steps += 1
        if steps == 2 { withUnsafeCurrentTask { $0?.cancel() } }
    }
}
do {
    try await task.value
    check(false, "a cancelled render ends")
} catch is CancellationError {
    check(true, "a cancelled render ends")
}

// Survives a model that is no model, and one whose weights are cut off.
let folder = FileManager.default.temporaryDirectory.appendingPathComponent("diffusion-host-\(UUID().uuidString)")
defer { try? FileManager.default.removeItem(at: folder) }
try FileManager.default.copyItem(at: URL(fileURLWithPath: pipeline.model.name), to: folder)
let weights = folder.appendingPathComponent("unet/diffusion_pytorch_model.safetensors")
let whole = try Data(contentsOf: weights)
try whole.prefix(whole.count / 2).write(to: weights)
for broken in [folder.path, folder.appendingPathComponent("nothing").path] {
    do {
        _ = try await DiffusionPipeline(.path(broken))
        check(false, "a broken model is an error")
    } catch let error as any DescribedError {
        check(!error.sentence.isEmpty && !error.code.isEmpty, "a broken model is an error: \(error.code)")
    }
}

let again = try await pipeline.images(request)
check(again.first?.image == first.first?.image, "renders the same picture again")
