import Diffusion

/// Where a run stands, as one line.
package struct ProgressBar: Sendable {
    private let pictureCount: Int
    /// The U-Net calls of one picture.
    private let calls: [JobPlan.Call]
    private var picture = 0
    private var step = 0
    private var pace = CallPace()

    /// - Parameter calls: the U-Net calls of each picture, in their order: not all take the same time.
    package init(pictureCount: Int, calls: [JobPlan.Call]) {
        self.pictureCount = pictureCount
        self.calls = calls
    }

    /// - Parameters:
    ///   - picture: from 0.
    ///   - step: how many are done of this picture.
    package mutating func advance(picture: Int, step: Int, seconds: Double) {
        self.picture = picture
        self.step = step
        if calls.indices.contains(step - 1) { pace.add(seconds, of: calls[step - 1]) }
    }

    /// Seconds per step, over the run so far.
    package var secondsPerStep: Double { pace.mean }

    /// Seconds that the remaining steps of all pictures will take.
    package var secondsLeft: Double {
        let ofThisPicture = calls.dropFirst(step).reduce(0) { $0 + pace.seconds(of: $1) }
        let ofOnePicture = calls.reduce(0) { $0 + pace.seconds(of: $1) }
        return ofThisPicture + ofOnePicture * Double(max(0, pictureCount - picture - 1))
    }

    /// `picture 1/4 [#####-----] step 10/20, 0.25 s/step, 18 s left`, cut to the width of the terminal.
    package func line(columnCount: Int) -> String {
        let front = pictureCount > 1 ? "picture \(picture + 1)/\(pictureCount) " : ""
        let back =
            " step \(step)/\(calls.count), \(Self.rounded(secondsPerStep)) s/step, "
            + "\(Self.clock(secondsLeft)) left"
        let room = min(40, columnCount - 3 - front.count - back.count)
        let line = room < 5 ? front + back.dropFirst() : front + bar(width: room) + back
        return String(line.prefix(max(0, columnCount - 1)))
    }

    private func bar(width: Int) -> String {
        let filled = min(width, width * step / max(1, calls.count))
        return "[" + String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled) + "]"
    }

    /// Three figures for what is short, one decimal for what is long: `0.0123`, `1.25`, `38.2`.
    static func rounded(_ seconds: Double) -> String {
        let digits = seconds < 0.1 ? 4 : seconds < 10 ? 2 : 1
        return decimal(seconds, digits: digits)
    }

    /// `9 s`, `2:05`, `1:00:30`.
    static func clock(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e9 else { return "?" }
        let whole = Int(seconds.rounded(.up))
        guard whole >= 60 else { return "\(whole) s" }
        let parts = whole < 3600 ? [whole / 60, whole % 60] : [whole / 3600, whole / 60 % 60, whole % 60]
        let rest = parts.dropFirst().map { $0 < 10 ? "0\($0)" : "\($0)" }
        return ([String(parts[0])] + rest).joined(separator: ":")
    }

    /// Without the locale's decimal comma, and without Foundation.
    static func decimal(_ value: Double, digits: Int) -> String {
        guard value.isFinite, abs(value) < 1e12 else { return "\(value)" }
        let scale = Int((0..<digits).reduce(1.0) { product, _ in product * 10 })
        let scaled = Int((abs(value) * Double(scale)).rounded())
        let fraction = String(scaled % scale)
        let sign = value < 0 && scaled > 0 ? "-" : ""
        return "\(sign)\(scaled / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
    }
}

/// How long U-Net calls take, each kind by what was measured of it, or by its work beside that of other kinds.
private struct CallPace: Sendable {
    private var measured: [JobPlan.Call: (seconds: Double, count: Int)] = [:]

    mutating func add(_ seconds: Double, of call: JobPlan.Call) {
        let before = measured[call, default: (0, 0)]
        measured[call] = (before.seconds + seconds, before.count + 1)
    }

    var mean: Double {
        let count = measured.values.reduce(0) { $0 + $1.count }
        return count == 0 ? 0 : measured.values.reduce(0) { $0 + $1.seconds } / Double(count)
    }

    func seconds(of call: JobPlan.Call) -> Double {
        if let (seconds, count) = measured[call] { return seconds / Double(count) }
        let work = measured.reduce(0) { $0 + Self.work(of: $1.key) * Double($1.value.count) }
        return work == 0 ? 0 : Self.work(of: call) * measured.values.reduce(0) { $0 + $1.seconds } / work
    }

    /// Relative: guidance doubles the rows, a shallow call takes a quarter to a third of a whole one.
    private static func work(of call: JobPlan.Call) -> Double {
        (call.isGuided ? 2 : 1) * (call.isShallow ? 0.3 : 1)
    }
}
