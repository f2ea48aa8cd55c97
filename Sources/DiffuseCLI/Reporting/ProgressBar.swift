/// Where a run stands, as one line.
package struct ProgressBar: Sendable {
    private let pictureCount: Int
    private let stepsPerPicture: Int
    private var picture = 0
    private var step = 0
    private var stepSeconds = 0.0
    private var stepsTimed = 0

    package init(pictureCount: Int, stepsPerPicture: Int) {
        self.pictureCount = pictureCount
        self.stepsPerPicture = stepsPerPicture
    }

    /// - Parameters:
    ///   - picture: from 0.
    ///   - step: how many are done of this picture.
    package mutating func advance(picture: Int, step: Int, seconds: Double) {
        self.picture = picture
        self.step = step
        stepSeconds += seconds
        stepsTimed += 1
    }

    /// Seconds per step, over the run so far.
    package var secondsPerStep: Double { stepsTimed == 0 ? 0 : stepSeconds / Double(stepsTimed) }

    /// Seconds that the remaining steps of all pictures will take.
    package var secondsLeft: Double {
        let remaining = (pictureCount - picture) * stepsPerPicture - step
        return secondsPerStep * Double(max(0, remaining))
    }

    /// `picture 1/4 [#####-----] step 10/20, 0.25 s/step, 18 s left`, cut to the width of the terminal.
    package func line(columnCount: Int) -> String {
        let front = pictureCount > 1 ? "picture \(picture + 1)/\(pictureCount) " : ""
        let back =
            " step \(step)/\(stepsPerPicture), \(Self.rounded(secondsPerStep)) s/step, "
            + "\(Self.clock(secondsLeft)) left"
        let room = min(40, columnCount - 3 - front.count - back.count)
        let line = room < 5 ? front + back.dropFirst() : front + bar(width: room) + back
        return String(line.prefix(max(0, columnCount - 1)))
    }

    private func bar(width: Int) -> String {
        let filled = min(width, width * step / max(1, stepsPerPicture))
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
