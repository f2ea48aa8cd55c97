import Diffusion
import DiffusionBasics

/// How long a plan takes on this machine, from steps that are measured, and how much disk its pictures need.
struct JobEstimate {
    /// What was measured of one size.
    struct Size {
        var model: JobModel
        var width: Int
        var height: Int
        var isGuided: Bool
        var secondsPerStep: Double
        var secondsPerDecoding: Double
    }

    /// Of all renders together, models loaded once.
    private(set) var seconds = 0.0
    private(set) var sizes: [Size] = []

    /// More sizes of one model are taken in proportion to their pixels.
    private static let mostSizes = 4

    /// Loads each model once and renders one picture of two steps for each of its sizes, which is not kept.
    /// - Throws: what is wrong with a model's weights; `CancellationError`.
    init(_ plan: JobPlan, options: PipelineOptions) async throws {
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
        let size: Size
        if known.count < Self.mostSizes {
            size = try await Self.measure(workload, pipeline)
            sizes.append(size)
        } else {
            size = known[known.count - 1].scaled(to: workload)
        }
        seconds += Double(workload.evaluationCount) * size.secondsPerStep
        seconds += Double(workload.renderCount) * size.secondsPerDecoding
    }

    private static func measure(
        _ workload: JobPlan.Workload, _ pipeline: DiffusionPipeline
    ) async throws -> Size {
        var request = GenerationRequest(prompt: pipeline.model.knownWords.first ?? "a red apple")
        (request.width, request.height, request.steps, request.seed) = (workload.width, workload.height, 2, 0)
        request.sampler = "ddim"
        request.guidanceScale = workload.isGuided ? 7 : 1
        var (step, decoding) = (0.0, 0.0)
        for try await event in try pipeline.generate(pipeline.model.resolve(request)) {
            switch event {
            case .promptEncoded: break
            // The first one also makes room in memory; the second counts.
            case .stepCompleted(let report): step = report.seconds
            case .finished(let image): decoding = image.seconds.decoding
            }
        }
        return Size(
            model: workload.model, width: workload.width, height: workload.height, isGuided: workload.isGuided,
            secondsPerStep: step, secondsPerDecoding: decoding)
    }
}

extension JobEstimate.Size {
    /// In proportion to the pixels, and to the rows that guidance adds.
    fileprivate func scaled(to workload: JobPlan.Workload) -> JobEstimate.Size {
        let share = Double(workload.width * workload.height) / Double(width * height)
        let rows = (workload.isGuided ? 2.0 : 1) / (isGuided ? 2 : 1)
        var scaled = self
        scaled.secondsPerStep *= share * rows
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
