import Diffusion
import Foundation

// Two pipelines and a job file at once, each on several threads; another task cancels renders of the first in the middle.
// Made to be run under ThreadSanitizer (Tests/Sanitizers/thread): small pictures, few steps, many meetings.

var request = GenerationRequest(prompt: "a red apple")
request.seed = 5
request.steps = 2
(request.width, request.height) = (64, 64)

var options = PipelineOptions()
options.threadCount = 3
options.keepsTextEncoder = false
let (first, second) = try await (
    DiffusionPipeline(.embedded, options: options), DiffusionPipeline(.embedded, options: options)
)

/// Renders `count` times and tells the pictures apart by their pixels.
func renders(_ count: Int, of request: GenerationRequest, with pipeline: DiffusionPipeline) async throws -> Set<
    RGBImage
> {
    var pictures: Set<RGBImage> = []
    for _ in 0..<count { pictures.formUnion(try await pipeline.images(request).map(\.image)) }
    return pictures
}

/// Begins long renders and cancels each after its first step.
func cancelledRenders(_ count: Int, of request: GenerationRequest, with pipeline: DiffusionPipeline) async throws -> Int
{
    var long = request
    long.steps = 500
    var cancelled = 0
    for _ in 0..<count {
        let events = try pipeline.generate(long)
        let (steps, reports) = AsyncStream<Void>.makeStream()
        let render = Task {
            defer { reports.finish() }
            for try await case .stepCompleted in events { reports.yield() }
        }
        for await _ in steps { render.cancel() }
        do { try await render.value } catch is CancellationError { cancelled += 1 }
    }
    return cancelled
}

/// Runs a job file of four renders, some of them in one batch, in 8 bits; the number that were written.
func finishedRendersOfJob() async throws -> Int {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("two-pipelines-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let json = """
        {"defaults": {"steps": 2, "width": 64, "height": 64},
         "jobs": [{"prompt": "a red apple", "seed": 5, "n_iter": 3}, {"prompt": "a dog", "width": 72}]}
        """
    var options = JobPlan.Options()
    options.outputDirectory = folder.path
    let plan = try JobPlan(JobFile(data: Array(json.utf8), name: "job.json"), options: options)
    let run = JobRunOptions(pipeline: .init(threadCount: 3, precision: .draft))
    var finished = 0
    for try await case .ended(let result, _) in JobRunner(plan, options: run).events where result.status == .done {
        finished += 1
    }
    return finished
}

let plain = request
async let ofFirst = renders(3, of: plain, with: first)
async let ofSecond = renders(3, of: plain, with: second)
async let cancelled = cancelledRenders(3, of: plain, with: first)
async let ofJob = finishedRendersOfJob()
let (pictures, cancelledCount, finishedCount) = try await (ofFirst.union(ofSecond), cancelled, ofJob)
guard pictures.count == 1, cancelledCount == 3, finishedCount == 4 else {
    print(
        "failed: \(pictures.count) different pictures, \(cancelledCount) of 3 renders cancelled,",
        "\(finishedCount) of a job's 4 written")
    exit(1)
}
print("ok: six times the same picture from two pipelines, a job of four, three renders cancelled in between")
