import Diffusion
import DiffusionBasics

/// How long a plan takes on this machine, from steps that are measured, and how much disk its pictures need.
struct JobEstimate {
    /// What was measured of one size.
    struct Size {
        var model: JobModel
        var width: Int
        var height: Int
        /// Of each kind of U-Net call that the plan makes at this size.
        var secondsPerCall: [JobPlan.Call: Double] = [:]
        var secondsPerDecoding = 0.0
    }

    /// Of all renders together, models loaded once.
    private(set) var seconds = 0.0
    private(set) var sizes: [Size] = []

    /// More sizes of one model are taken in proportion to their pixels.
    private static let mostSizes = 4

    /// Loads each model once and renders a picture of two or three steps, which is not kept, for each of its sizes, with
    /// guidance and without where the plan does both.
    /// - Throws: what is wrong with a model's weights; `CancellationError`.
    init(_ plan: JobPlan, options: PipelineOptions) async throws {
        let options = plan.pipelineOptions(asked: options)
        let byModel = Dictionary(grouping: plan.workloads, by: \.model)
        // In the plan's order, so that the same plan is measured in the same way.
        let models = plan.workloads.map(\.model).reduce(into: [JobModel]()) { if !$0.contains($1) { $0.append($1) } }
        for key in models {
            guard let model = plan.models[key], let workloads = byModel[key] else { continue }
            let start = ContinuousClock.now
            let pipeline = try await DiffusionPipeline(model, options: options)
            seconds += (ContinuousClock.now - start) / .seconds(1)
            for workload in workloads { try await add(workload, pipeline) }
        }
    }

    private mutating func add(_ workload: JobPlan.Workload, _ pipeline: DiffusionPipeline) async throws {
        let known = sizes.filter { $0.model == workload.model }
        let alike = known.last { workload.calls.keys.allSatisfy($0.secondsPerCall.keys.contains) }
        let size: Size
        if let alike, known.count >= Self.mostSizes {
            size = alike.scaled(to: workload)
        } else {
            size = try await Self.measure(workload, pipeline)
            sizes.append(size)
        }
        for (call, count) in workload.calls { seconds += Double(count) * size.secondsPerCall[call, default: 0] }
        seconds += Double(workload.renderCount) * size.secondsPerDecoding
    }

    private static func measure(
        _ workload: JobPlan.Workload, _ pipeline: DiffusionPipeline
    ) async throws -> Size {
        var size = Size(model: workload.model, width: workload.width, height: workload.height)
        for isGuided in Set(workload.calls.keys.map(\.isGuided)) {
            let shallow = JobPlan.Call(isGuided: isGuided, isShallow: true)
            let hasShallow = workload.calls[shallow] != nil
            let (steps, decoding) = try await run(workload, isGuided: isGuided, isCached: hasShallow, pipeline)
            // The first one also makes room in memory. Of three with a cache the second is shallow.
            size.secondsPerCall[JobPlan.Call(isGuided: isGuided, isShallow: false)] = steps.last
            size.secondsPerCall[shallow] = hasShallow ? steps[1] : nil
            size.secondsPerDecoding = decoding
        }
        return size
    }

    private static func run(
        _ workload: JobPlan.Workload, isGuided: Bool, isCached: Bool, _ pipeline: DiffusionPipeline
    ) async throws -> (steps: [Double], decoding: Double) {
        var request = GenerationRequest(prompt: pipeline.model.knownWords.first ?? "a red apple")
        (request.width, request.height, request.seed) = (workload.width, workload.height, 0)
        (request.steps, request.cache) = isCached ? (3, FeatureCache(deepInterval: 2)) : (2, nil)
        request.sampler = "ddim"
        request.guidanceScale = isGuided ? 7 : 1
        var (steps, decoding) = ([Double](), 0.0)
        for try await event in try pipeline.generate(request) {
            switch event {
            case .promptEncoded: break
            case .stepCompleted(let report): steps.append(report.seconds)
            case .finished(let image): decoding = image.seconds.decoding
            }
        }
        return (steps, decoding)
    }
}

extension JobEstimate.Size {
    /// In proportion to the pixels.
    fileprivate func scaled(to workload: JobPlan.Workload) -> JobEstimate.Size {
        let share = Double(workload.width * workload.height) / Double(width * height)
        var scaled = self
        scaled.secondsPerCall = secondsPerCall.mapValues { $0 * share }
        scaled.secondsPerDecoding *= share
        return scaled
    }
}

extension JobPlan {
    /// Bytes that its pictures take, roughly: photographs in PNG come to 1.6 bytes a pixel, in JPEG to 0.3.
    var estimatedBytes: Int {
        let bytesPerPixel = output.format == .jpeg || ImageFormat(path: output.name) == .jpeg ? 0.3 : 1.6
        let pixels = workloads.reduce(0.0) { $0 + Double($1.width * $1.height) * Double($1.renderCount) }
        return Int(pixels * bytesPerPixel)
    }
}
