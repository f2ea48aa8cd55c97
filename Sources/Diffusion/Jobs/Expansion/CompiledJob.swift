import DiffusionBasics
import DiffusionRenderer

/// A job read and its renders counted; each render is made up when it is asked for.
struct CompiledJob: Sendable {
    /// Its place in the file.
    let number: Int
    /// Its `id`, or its place.
    let id: String
    let position: JSONNode.Position
    /// The job as JSON without white space: what seeds are made from.
    let text: String
    /// Settings that are the same for all its renders.
    let settings: JobSettings
    let draft: JobDraft
    let grid: JobGrid
    /// The combinations of the grid that `exclude` leaves; nil for all.
    let combinations: [Int32]?
    /// How many renders each combination makes.
    let sizes: Sizes
    let count: Int
    let dependsOn: [(name: String, position: JSONNode.Position)]
    let extras: JSONObject

    /// Renders of each combination.
    enum Sizes: Sendable {
        case equal(Int)
        /// Where each combination's begin, and where the last one's end.
        case starts([Int])
    }

    /// One render of the job, the prompt chosen and the seed fixed as far as the job fixes it.
    struct Draft {
        var values: JobDraft
        var prompt: String
        var negativePrompt: String
        /// Which picture of its batch.
        var picture: Int
        /// The seed of its batch; nil to be made.
        var batchSeed: UInt64?
        var digits: [Int]
    }

    func draft(_ index: Int) -> Draft {
        let (combination, rest) = place(of: index)
        let digits = grid.digits(combinations.map { Int($0[combination]) } ?? combination)
        var values = draft
        var variables: [String: String] = [:]
        for (axis, digit) in zip(grid.axes, digits) {
            for (key, column) in zip(axis.keys, axis.columns) {
                let setting = JobSetting(key: key, value: column[digit], position: nil)
                if case .variable(let name) = key { variables[name] = setting.value.text }
                values.apply(setting)
            }
        }
        let pictureCount = values.batchCount * values.batchSize
        let (alternative, picture) = rest.quotientAndRemainder(dividingBy: pictureCount)
        let (first, second) = alternative.quotientAndRemainder(dividingBy: values.negativePrompt.count)
        let value: (String) -> String = { name in variables[name] ?? settings[.variable(name)]?.value.text ?? "" }
        return Draft(
            values: values, prompt: values.prompt.text(first, value: value),
            negativePrompt: values.negativePrompt.text(second, value: value), picture: picture,
            batchSeed: values.seed, digits: digits)
    }

    /// Where the value of a key stands that a render has.
    func position(of key: JobKey, digits: [Int]) -> JSONNode.Position? {
        if let (_, axis, column) = grid.columns.first(where: { $0.key == key }) { return column.position(digits[axis]) }
        return settings[key].map(\.position) ?? position
    }

    /// The combination that a render belongs to, and its place there.
    private func place(of index: Int) -> (combination: Int, rest: Int) {
        switch sizes {
        case .equal(let size): return (index / size, index % size)
        case .starts(let starts):
            let combination = starts.lastIndex(notAbove: index)
            return (combination, index - starts[combination])
        }
    }
}

extension [Int] {
    /// The last place of a rising list that begins with 0 whose value is not above `value`.
    func lastIndex(notAbove value: Int) -> Int {
        var (low, high) = (0, count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if self[middle] <= value { low = middle } else { high = middle }
        }
        return low
    }
}
