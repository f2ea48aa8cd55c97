import DiffusionBasics

/// Values of one key, in order.
enum JobColumn: Sendable {
    case list([JobValue], positions: [JSONNode.Position])
    case range(JobRange, JobField.Kind?, position: JSONNode.Position)

    var count: Int {
        switch self {
        case .list(let values, _): values.count
        case .range(let range, _, _): range.count
        }
    }

    subscript(index: Int) -> JobValue {
        switch self {
        case .list(let values, _): return values[index]
        case .range(let range, let kind, _):
            switch kind {
            case .integer: return .integer(range.integer(index))
            case .seed: return .seed(UInt64(exactly: range.integer(index)))
            case .number: return .number(range.number(index))
            default: return .text(range.text(index))
            }
        }
    }

    func position(_ index: Int) -> JSONNode.Position {
        switch self {
        case .list(_, let positions): positions[index]
        case .range(_, _, let position): position
        }
    }
}

/// One dimension of a job's renders: an entry of `matrix`, or all of `zip`.
struct JobAxis: Sendable {
    private(set) var keys: [JobKey]
    private(set) var columns: [JobColumn]

    var count: Int { columns.first?.count ?? 1 }

    init(keys: [JobKey], columns: [JobColumn]) { (self.keys, self.columns) = (keys, columns) }

    /// The axis without those keys; nil where none is left.
    func without(_ isGone: (JobKey) -> Bool) -> JobAxis? {
        let kept = keys.indices.filter { !isGone(keys[$0]) }
        return kept.isEmpty ? nil : JobAxis(keys: kept.map { keys[$0] }, columns: kept.map { columns[$0] })
    }
}

/// Axes taken together, the last one fastest.
struct JobGrid: Sendable {
    let axes: [JobAxis]
    /// nil where it does not fit into an `Int`.
    let count: Int?

    init(_ axes: [JobAxis]) {
        self.axes = axes
        count = axes.reduce(1) { product, axis in
            guard let (partial, overflow) = product?.multipliedReportingOverflow(by: axis.count), !overflow else {
                return nil
            }
            return partial
        }
    }

    /// The places in each axis.
    func digits(_ index: Int) -> [Int] {
        var rest = index
        var digits = [Int](repeating: 0, count: axes.count)
        for axis in axes.indices.reversed() {
            (rest, digits[axis]) = rest.quotientAndRemainder(dividingBy: axes[axis].count)
        }
        return digits
    }

    /// The keys of all axes, with the axis and the column that each is in.
    var columns: [(key: JobKey, axis: Int, column: JobColumn)] {
        axes.enumerated().flatMap { number, axis in zip(axis.keys, axis.columns).map { ($0, number, $1) } }
    }
}

/// A combination that `exclude` takes out: the places in each axis that it names, and whether what is not varied is as it
/// says.
struct JobExclusion: Sendable {
    private var matches: [(axis: Int, places: Set<Int>)] = []
    private var fits = true

    init(_ values: [(key: JobKey, value: JobValue)], _ grid: JobGrid, _ settings: JobSettings) {
        let columns = grid.columns
        for (key, value) in values {
            if let (_, axis, column) = columns.first(where: { $0.key == key }) {
                matches.append((axis, Set((0..<column.count).lazy.filter { column[$0] == value })))
            } else if settings[key]?.value != value {
                fits = false
            }
        }
    }

    func takes(_ digits: [Int]) -> Bool { fits && matches.allSatisfy { $0.places.contains(digits[$0.axis]) } }
}
