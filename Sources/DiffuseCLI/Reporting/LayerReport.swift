import DiffusionBasics
import DiffusionEngine

/// What the layers of one stage took, as `diffuse benchmark --layers` tells it.
package struct LayerReport {
    /// Such as "step" and "decode".
    let stage: String
    /// How often the stage was run; times are the mean of a run.
    private let runCount: Int
    /// Of the whole stage, in one run.
    private let seconds: Double
    /// In order of their first call.
    private let layers: [LayerCall]

    /// - Parameters:
    ///   - calls: of all runs.
    ///   - seconds: that the runs took, all together.
    package init(stage: String, calls: [LayerCall], seconds: Double, runCount: Int) {
        self.stage = stage
        self.runCount = max(1, runCount)
        self.seconds = seconds / Double(max(1, runCount))
        layers = Self.joined(calls) { [$0.name, $0.kind, $0.plan, $0.shape] }
    }

    /// The calls with equal keys as one, with their sums; weights count once per layer.
    private static func joined(_ calls: [LayerCall], by key: (LayerCall) -> [String]) -> [LayerCall] {
        var places: [[String]: Int] = [:]
        var joined: [LayerCall] = []
        for call in calls {
            let place = places[key(call), default: joined.count]
            if place == joined.count {
                joined.append(call)
            } else {
                joined[place].seconds += call.seconds
                joined[place].operations += call.operations
            }
            places[key(call)] = place
        }
        return joined
    }

    /// One line per kind and plan, the slowest first, and what no layer accounts for.
    private var kinds: [LayerCall] {
        var kinds: [LayerCall] = []
        for layer in layers {
            if let place = kinds.firstIndex(where: { ($0.kind, $0.plan) == (layer.kind, layer.plan) }) {
                kinds[place].seconds += layer.seconds
                kinds[place].operations += layer.operations
                kinds[place].byteCount += layer.byteCount
            } else {
                kinds.append(layer)
            }
        }
        kinds.sort { $0.seconds > $1.seconds }
        var rest = LayerCall(name: "", kind: "everything else", plan: "", shape: "")
        rest.seconds = max(0, seconds * Double(runCount) - layers.reduce(0) { $0 + $1.seconds })
        return kinds + [rest]
    }

    /// For people: columns of one width.
    package var text: String {
        let head = "\(stage): \(Self.fixed(seconds, 3)) s\n"
        let all = Self.columns(
            [["  ms", "GFLOP/s", "MB", "plan", "layer", "channels to output"]]
                + layers.map { row($0) + [$0.plan, $0.name.isEmpty ? $0.kind : "\($0.name) (\($0.kind))", $0.shape] })
        let sums = Self.columns(
            [["  ms", "GFLOP/s", "MB", "kind"]] + kinds.map { row($0) + ["\($0.kind) \($0.plan)"] })
        return head + all + "\n" + sums
    }

    private func row(_ call: LayerCall) -> [String] {
        [
            Self.fixed(call.seconds / Double(runCount) * 1e3, 2),
            call.operations > 0 ? Self.fixed(call.operations / call.seconds * 1e-9, 0) : "",
            call.byteCount > 0 ? Self.fixed(Double(call.byteCount) * 1e-6, 1) : "",
        ]
    }

    /// The first three columns to the right, the others to the left.
    private static func columns(_ rows: [[String]]) -> String {
        let widths = (0..<(rows.first?.count ?? 0)).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = row.enumerated().map { column, text in
                let space = String(repeating: " ", count: widths[column] - text.count)
                return column < 3 ? space + text : column == row.count - 1 ? text : text + space
            }
            return cells.joined(separator: "  ") + "\n"
        }.joined()
    }

    private static func fixed(_ number: Double, _ digits: Int) -> String {
        let scale = (0..<digits).reduce(1) { product, _ in product * 10 }
        let whole = Int((number * Double(scale)).rounded())
        guard digits > 0 else { return String(whole) }
        let fraction = String(whole % scale)
        return "\(whole / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
    }

    var fields: [JSONLine.Field] {
        [
            ("seconds", .real(seconds)), ("layers", .array(layers.map { .object(fields($0)) })),
            ("kinds", .array(kinds.map { .object(fields($0).filter { $0.key != "name" && $0.key != "shape" }) })),
        ]
    }

    /// The fields as one JSON object.
    package var json: String { JSONLine.text(fields) }

    private func fields(_ call: LayerCall) -> [JSONLine.Field] {
        [
            ("name", .string(call.name)), ("kind", .string(call.kind)), ("plan", .string(call.plan)),
            ("shape", .string(call.shape)), ("seconds", .real(call.seconds / Double(runCount))),
            ("gflop_per_second", call.operations > 0 ? .real(call.operations / call.seconds * 1e-9) : .null),
            ("weight_bytes", .integer(call.byteCount)),
        ]
    }
}
