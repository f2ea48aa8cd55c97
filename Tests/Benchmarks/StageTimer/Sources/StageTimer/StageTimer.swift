import Diffusion
import Foundation

/// Loads a model, runs the tasks in turn and says what each took.
@main
struct StageTimer {
    static func main() async throws {
        let work = try JSONDecoder().decode(Work.self, from: FileHandle.standardInput.readDataToEndOfFile())
        var options = PipelineOptions(threadCount: work.threads)
        guard let precision = Precision(rawValue: work.precision) else {
            throw CocoaError(.coderInvalidValue, userInfo: [NSDebugDescriptionErrorKey: work.precision])
        }
        options.precision = precision
        let start = ContinuousClock.now
        let pipeline = try await DiffusionPipeline(.path(work.model), options: options)
        try report("load", [seconds(since: start)], residentBefore: 0)
        for task in work.tasks { try await run(task, pipeline) }
    }

    private static func run(_ task: Work.Task, _ pipeline: DiffusionPipeline) async throws {
        resetPeak()
        let before = memory("VmRSS")
        var times: [Double] = []
        var result: Tensor?
        let inputs = try Inputs(task)
        for call in 0..<task.calls {
            let start = ContinuousClock.now
            result = try await inputs.compute(pipeline, call: call)
            times.append(seconds(since: start))
        }
        try report(task.kind.rawValue, times, residentBefore: before)
        if let output = task.output, let result { try write(result, to: output) }
    }
}

/// What a task computes with, read before the clock runs.
private enum Inputs {
    case unet(latents: Tensor, timesteps: [Double], context: Tensor)
    case decode(latents: Tensor)
    /// A prompt for each call: known ones are not encoded again.
    case text(prompts: [String])

    init(_ task: Work.Task) throws {
        switch task.kind {
        case .unet:
            let latents = try tensor(task.latents, task.shape)
            let timesteps = Array(repeating: task.timestep ?? 500, count: latents.shape[0])
            self = .unet(
                latents: latents, timesteps: timesteps, context: try tensor(task.context, task.contextShape))
        case .decode: self = .decode(latents: try tensor(task.latents, task.shape))
        case .text: self = .text(prompts: task.prompts ?? [])
        }
    }

    func compute(_ pipeline: DiffusionPipeline, call: Int) async throws -> Tensor {
        switch self {
        case .unet(let latents, let timesteps, let context):
            try await pipeline.predict(latents: latents, timesteps: timesteps, context: context)
        case .decode(let latents): try await pipeline.decode(latents: latents)
        case .text(let prompts): try await pipeline.encode(prompt: prompts[call % max(1, prompts.count)])
        }
    }
}

// MARK: - Files, clocks

private func tensor(_ path: String?, _ shape: [Int]?) throws -> Tensor {
    guard let path, let shape else { throw CocoaError(.coderValueNotFound) }
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    let scalars = data.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    return Tensor(shape: Shape(shape), scalars: scalars)
}

private func write(_ tensor: Tensor, to path: String) throws {
    let data = tensor.withUnsafeScalars { Data(buffer: $0) }
    try data.write(to: URL(fileURLWithPath: path))
}

private func seconds(since start: ContinuousClock.Instant) -> Double { (ContinuousClock.now - start) / .seconds(1) }

private func report(_ stage: String, _ seconds: [Double], residentBefore: Int) throws {
    let measurement = Measurement(
        stage: stage, seconds: seconds, residentBefore: residentBefore, peakMemory: memory("VmHWM"))
    FileHandle.standardOutput.write(try JSONEncoder().encode(measurement) + Data("\n".utf8))
}

/// A line of `/proc/self/status` in bytes.
private func memory(_ key: String) -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix(key + ":") }
    return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
}

/// Lets the kernel count the peak anew.
private func resetPeak() {
    try? Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
}
