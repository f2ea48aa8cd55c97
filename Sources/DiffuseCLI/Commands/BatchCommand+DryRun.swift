import Diffusion
import DiffusionBasics

extension BatchCommand {
    /// Says what would be rendered, with the time it takes from steps measured now.
    func describe(_ plan: JobPlan, _ style: ReportingStyle) async throws {
        let options = plan.pipelineOptions(asked: try running.pipelineOptions())
        let estimate = try await JobEstimate(plan, options: options)
        if style.form == .json {
            let fields = Self.fields(of: plan, estimate, options)
            Terminal.write(JSONLine.text([("event", .string("plan")), ("dry_run", .bool(true))] + fields) + "\n")
        } else {
            Terminal.write(Self.description(of: plan, estimate, options))
        }
    }

    func report(warning: String, _ style: ReportingStyle) {
        Terminal.write(
            style.form == .json
                ? JSONLine.text([("event", .string("warning")), ("message", .string(warning))]) + "\n"
                : "warning: \(warning)\n")
    }

    /// For programs: a line for each problem, with its place.
    func report(problem: JobProblem) {
        let fields: [JSONLine.Field] = [
            ("event", .string("error")), ("code", .string(problem.code)), ("message", .string(problem.sentence)),
            ("hint", Self.optional(problem.remedy)), ("job", Self.optional(problem.job)),
            ("field", Self.optional(problem.field)),
            ("line", problem.position.map { .integer($0.line) } ?? .null),
            ("column", problem.position.map { .integer($0.column) } ?? .null),
        ]
        Terminal.write(JSONLine.text(fields) + "\n")
    }

    private static func optional(_ text: String?) -> JSONLine.Value { text.map(JSONLine.Value.string) ?? .null }

    private static func fields(of plan: JobPlan, _ estimate: JobEstimate, _ options: PipelineOptions) -> [JSONLine
        .Field]
    {
        let sizes = estimate.sizes.flatMap { size in
            size.calls.map { call, seconds in
                JSONLine.Value.object([
                    ("width", .integer(size.width)), ("height", .integer(size.height)),
                    ("guided", .bool(call.isGuided)), ("shallow", .bool(call.isShallow)),
                    ("step_seconds", .real(seconds)), ("decode_seconds", .real(size.secondsPerDecoding)),
                ])
            }
        }
        return [
            ("name", .string(plan.name)), ("images", .integer(plan.renders.count)),
            ("jobs", .integer(plan.renders.jobCount)),
            ("models", .array(plan.models.values.map(\.name).sorted().map { .string($0) })),
            ("evaluations", .integer(plan.evaluationCount)),
            ("unguided", .integer(plan.count { !$0.isGuided })), ("shallow", .integer(plan.count(where: \.isShallow))),
            ("threads", .integer(options.threadCount)),
            ("seconds", .real(estimate.seconds)), ("measured", .array(sizes)),
            ("bytes", .integer(plan.estimatedBytes)),
            ("memory", plan.memoryEstimate(options: options).value(limit: options.memoryLimit)),
            ("peak_memory", .integer(ProcessUsage.peakMemory)),
            ("output", .string(plan.output.directory)),
            ("files", .array(plan.renders.prefix(mostFilesShown).map { .string($0.outputPath) })),
        ]
    }

    private static func description(of plan: JobPlan, _ estimate: JobEstimate, _ options: PipelineOptions) -> String {
        let measured = estimate.sizes.flatMap { size in
            size.calls.map { call, seconds in
                "\(ProgressBar.rounded(seconds)) s a \(call.isShallow ? "shallow " : "")step at "
                    + "\(size.width)x\(size.height)\(call.isGuided ? "" : " without guidance")"
            }
        }
        let files = plan.renders.prefix(mostFilesShown).map(\.outputPath)
        let more = plan.renders.count - files.count
        return """
            would render \(counted(plan.renders.count, "picture")) of \(counted(plan.renders.jobCount, "job"))
              models: \(plan.models.values.map(\.name).sorted().joined(separator: ", "))
              steps: \(plan.callListing)
              time: about \(duration(estimate.seconds)) with \(counted(options.threadCount, "thread")) \
            (\(measured.joined(separator: "; ")))
              memory: \(plan.memoryEstimate(options: options).text(limit: options.memoryLimit))
              disk: about \(ByteCount.text(plan.estimatedBytes)) in \(plan.output.directory)
              files: \((files + (more > 0 ? ["and \(more) more"] : [])).joined(separator: "\n         "))

            """
    }

    private static let mostFilesShown = 10

    private static func counted(_ count: Int, _ word: String) -> String { "\(count) \(word)\(count == 1 ? "" : "s")" }

    /// `40 s`, `12 minutes`, `3.5 hours`, `2.1 days`.
    static func duration(_ seconds: Double) -> String {
        switch seconds {
        case ..<90: "\(ProgressBar.rounded(seconds)) s"
        case ..<5400: "\(Int((seconds / 60).rounded())) minutes"
        case ..<172_800: "\(ProgressBar.decimal(seconds / 3600, digits: 1)) hours"
        default: "\(ProgressBar.decimal(seconds / 86_400, digits: 1)) days"
        }
    }
}

extension JobPlan {
    /// U-Net calls of all renders.
    fileprivate var evaluationCount: Int { count { _ in true } }

    fileprivate func count(where isMeant: (Call) -> Bool) -> Int {
        workloads.reduce(0) { $0 + $1.calls.reduce(0) { $0 + (isMeant($1.key) ? $1.value : 0) } }
    }

    /// `400 U-Net calls, of them 100 without guidance, 200 shallow`
    fileprivate var callListing: String {
        let kinds = [("without guidance", count { !$0.isGuided }), ("shallow", count(where: \.isShallow))]
            .filter { $0.1 > 0 }.map { "\($1) \($0)" }
        return "\(evaluationCount) U-Net calls\(kinds.isEmpty ? "" : ", of them \(kinds.joined(separator: ", "))")"
    }
}

extension JobEstimate.Size {
    /// What was measured, the costliest kind of call first.
    fileprivate var calls: [(call: JobPlan.Call, seconds: Double)] {
        [(true, false), (false, false), (true, true), (false, true)].compactMap { isGuided, isShallow in
            let call = JobPlan.Call(isGuided: isGuided, isShallow: isShallow)
            return secondsPerCall[call].map { (call, $0) }
        }
    }
}
