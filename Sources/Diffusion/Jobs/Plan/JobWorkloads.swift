import DiffusionDenoiser

/// Adds up what renders take, by model and size.
struct JobWorkloads {
    private struct Key: Hashable {
        var model: JobModel
        var width: Int
        var height: Int
    }

    private struct Work {
        var renderCount = 0
        var calls: [JobPlan.Call: Int] = [:]
    }

    private var work: [Key: Work] = [:]

    /// - Parameter count: U-Net calls of the whole way from noise.
    mutating func add(_ render: JobRender, _ count: Int, _ model: DiffusionModel) {
        let request = render.request
        let key = Key(
            model: render.model, width: request.width ?? model.defaultSize.width,
            height: request.height ?? model.defaultSize.height)
        // Image to image does the last part of the steps.
        let share = Int((Double(count) * (request.strength ?? 1)).rounded(.up))
        work[key, default: Work()].renderCount += 1
        work[key, default: Work()].calls.merge(request.calls(of: share), uniquingKeysWith: +)
    }

    /// Largest part first.
    var all: [JobPlan.Workload] {
        work.map { key, value in
            JobPlan.Workload(
                model: key.model, width: key.width, height: key.height, renderCount: value.renderCount,
                calls: value.calls)
        }.sorted { ($1.size, $0.width, $0.height) < ($0.size, $1.width, $1.height) }
    }
}

extension GenerationRequest {
    /// The kinds of `count` U-Net calls; as `DenoisingRun` makes them.
    func calls(of count: Int) -> [JobPlan.Call: Int] {
        let isGuided = (guidanceScale ?? 7) > 1
        guard guidanceRange != nil || cache != nil else {
            return [JobPlan.Call(isGuided: isGuided, isShallow: false): count]
        }
        return JobPlan.Call.sequence(of: count, isGuided: isGuided, in: guidanceRange, cache)
            .reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }
}

extension JobPlan.Call {
    /// The kinds of `count` U-Net calls in their order; as `DenoisingRun` makes them.
    package static func sequence(
        of count: Int, isGuided: Bool, in range: GuidanceRange?, _ cache: FeatureCache?
    ) -> [JobPlan.Call] {
        var turns = DeepCacheTurns(interval: cache?.deepInterval ?? 1)
        return (0..<count).map { index in
            let isCallGuided = isGuided && range?.contains(index, of: count) ?? true
            let isWhole = turns.isNextWhole(imageCount: isCallGuided ? 2 : 1)
            return JobPlan.Call(isGuided: isCallGuided, isShallow: !isWhole)
        }
    }
}

extension JobPlan.Workload {
    /// Pixels × U-Net calls, those with guidance counted twice.
    fileprivate var size: Int { width * height * calls.reduce(0) { $0 + $1.value * ($1.key.isGuided ? 2 : 1) } }
}
