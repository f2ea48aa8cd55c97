import DiffusionBasics

/// Makes a job's grid and counts its renders.
struct JobCompiler {
    private let number: Int
    private let node: JSONNode
    private let content: JobContent
    private let settings: JobSettings
    private let grid: JobGrid
    private let draft: JobDraft
    private let context: JobContext
    var problems: JobProblems

    init(_ number: Int, _ node: JSONNode, _ content: JobContent, _ context: JobContext, problems: JobProblems) {
        (self.number, self.node, self.content, self.context) = (number, node, content, context)
        self.problems = problems
        let overrides = context.overrides
        let axes = content.axes.compactMap { axis in axis.without { overrides[$0] != nil } }
        settings = context.defaults.settings.merged(with: content.settings).merged(with: overrides)
        grid = JobGrid(axes)
        var draft = JobDraft()
        for setting in settings.all { draft.apply(setting) }
        self.draft = draft
    }

    private var id: String { content.id ?? String(number) }

    mutating func compile() -> CompiledJob? {
        checkVariables()
        checkMaskKeys()
        guard let combinationCount = grid.count, combinationCount <= JobPlan.mostRenders else {
            refuseCount(grid.count)
            return nil
        }
        let combinations = survivors(of: combinationCount)
        guard let (sizes, count) = sizes(combinations, of: combinationCount) else { return nil }
        return CompiledJob(
            number: number, id: id, position: node.position, text: node.serialized, settings: settings, draft: draft,
            grid: grid, combinations: combinations, sizes: sizes, count: count, dependsOn: content.dependsOn,
            extras: extras)
    }

    private mutating func checkMaskKeys() {
        let key = JobField.key("mask")
        guard settings[key] != nil || grid.columns.contains(where: { $0.key == key }) else { return }
        for (foreign, node) in context.defaults.maskKeys + content.maskKeys { problems.add(foreign, node, job: id) }
    }

    /// The job's own before those of the defaults.
    private var extras: JSONObject {
        var extras = content.extras
        for member in context.defaults.extras.members {
            _ = extras.insert(member.key, at: member.keyPosition, member.node)
        }
        return extras
    }

    // MARK: - Counting

    /// The combinations that no exclusion takes; nil where there is none to take any.
    private mutating func survivors(of count: Int) -> [Int32]? {
        guard !content.exclusions.isEmpty else { return nil }
        let exclusions = content.exclusions.map { JobExclusion($0.values, grid, settings) }
        let left = (0..<count).filter { index in
            let digits = grid.digits(index)
            return !exclusions.contains { $0.takes(digits) }
        }
        if left.isEmpty {
            problems.add(
                .expansion, job: id, field: "exclude", at: content.exclusions[0].position,
                "exclude takes out every combination of the job")
        }
        return left.map { Int32(clamping: $0) }
    }

    private mutating func sizes(_ combinations: [Int32]?, of all: Int) -> (CompiledJob.Sizes, count: Int)? {
        let combinationCount = combinations?.count ?? all
        guard variesInSize else {
            guard let size = size(of: draft), let total = Self.product(size, combinationCount) else {
                refuseCount(size(of: draft).flatMap { Self.exactProduct($0, combinationCount) })
                return nil
            }
            return (.equal(size), total)
        }
        var starts = [0]
        starts.reserveCapacity(combinationCount + 1)
        for index in 0..<combinationCount {
            let size = size(of: varied(combinations.map { Int($0[index]) } ?? index))
            guard let size, let end = Self.sum(starts[index], size) else {
                refuseCount(nil)
                return nil
            }
            starts.append(end)
        }
        return (.starts(starts), starts[combinationCount])
    }

    private var variesInSize: Bool {
        let keys = ["prompt", "negative_prompt", "n_iter", "batch_size"].map { JobField.key($0) }
        return grid.axes.contains { $0.keys.contains(where: keys.contains) }
    }

    private func varied(_ combination: Int) -> JobDraft {
        var varied = draft
        for (axis, digit) in zip(grid.axes, grid.digits(combination)) {
            for (key, column) in zip(axis.keys, axis.columns) {
                varied.apply(JobSetting(key: key, value: column[digit], position: nil))
            }
        }
        return varied
    }

    /// Renders of one combination.
    private func size(of draft: JobDraft) -> Int? {
        Self.exactProduct(draft.batchCount, draft.batchSize).flatMap { pictures in
            Self.exactProduct(draft.prompt.count, draft.negativePrompt.count)
                .flatMap { Self.exactProduct($0, pictures) }
        }
    }

    private static func exactProduct(_ a: Int, _ b: Int) -> Int? {
        let (product, overflow) = a.multipliedReportingOverflow(by: b)
        return overflow ? nil : product
    }

    private static func product(_ a: Int, _ b: Int) -> Int? {
        exactProduct(a, b).flatMap { $0 <= JobPlan.mostRenders ? $0 : nil }
    }

    private static func sum(_ a: Int, _ b: Int) -> Int? { a + b <= JobPlan.mostRenders ? a + b : nil }

    private mutating func refuseCount(_ count: Int?) {
        let found = count.map(String.init) ?? "too many"
        problems.add(
            .tooMany, job: id, at: node.position,
            "the job makes \(found) renders, expected at most \(JobPlan.mostRenders)",
            remedy: "Shorten its matrix, or its alternatives.")
    }

    // MARK: - Variables

    /// Every variable of every prompt must have a value.
    private mutating func checkVariables() {
        let varied = grid.columns
        let names = settings.all.map(\.key) + varied.map(\.key)
        let known = names.compactMap { if case .variable(let name) = $0 { name } else { nil } }
        for name in ["prompt", "negative_prompt"] {
            let key = JobField.key(name)
            if let column = varied.first(where: { $0.key == key })?.column {
                for index in 0..<column.count { check(column[index], key, column.position(index), known) }
            } else if let setting = settings[key] {
                check(setting.value, key, setting.position, known)
            }
        }
    }

    private mutating func check(
        _ value: JobValue, _ key: JobKey, _ position: JSONNode.Position?, _ known: [String]
    ) {
        for name in value.prompt?.variables ?? [] where !known.contains(name) {
            problems.add(
                .prompt, job: id, field: key.name, at: position,
                "\(key.name) holds $\(name), and there is no \"vars.\(name)\"",
                remedy: nearestName(to: name, among: known).map { "Did you mean $\($0)?" }
                    ?? "Write \\$ where a dollar sign is meant.")
        }
    }
}
