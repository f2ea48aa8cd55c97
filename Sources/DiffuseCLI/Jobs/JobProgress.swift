import Diffusion

/// Where a job stands, as one line.
package struct JobProgress: Sendable {
    private let name: String
    private let renderCount: Int
    private let work: Double
    private var endedCount = 0
    private var endedWork = 0.0
    private var stepWork = 0.0
    private var renderedWork = 0.0
    private var renderedSeconds = 0.0
    /// Of steps before anything was finished.
    private var firstStepWork = 0.0
    private var firstStepSeconds = 0.0
    private var current = ""

    package init(name: String, renderCount: Int, work: Double) {
        (self.name, self.renderCount, self.work) = (name, renderCount, work)
    }

    /// A render ended.
    /// - Parameter seconds: what it took; nil for one that was not rendered.
    package mutating func end(work: Double, seconds: Double?) {
        endedCount += 1
        endedWork += work
        stepWork = 0
        guard let seconds else { return }
        renderedWork += work
        renderedSeconds += seconds
    }

    /// Renders begin.
    /// - Parameter text: what to call them.
    package mutating func begin(_ text: String) {
        current = text
        stepWork = 0
    }

    /// One step of what is in hand.
    package mutating func step(work: Double, seconds: Double) {
        stepWork += work
        guard renderedWork == 0 else { return }
        firstStepSeconds += seconds
        firstStepWork += work
    }

    /// Seconds until all is made, at the pace so far; nil before there is one.
    package var secondsLeft: Double? {
        let (seconds, work) =
            renderedWork > 0 ? (renderedSeconds, renderedWork) : (firstStepSeconds, firstStepWork)
        guard work > 0 else { return nil }
        return max(0, self.work - endedWork - stepWork) * seconds / work
    }

    package var doneCount: Int { endedCount }

    /// `castles 12/40 [####------] 0:40 left, a castle at night`, cut to the width of the terminal.
    package func line(columnCount: Int) -> String {
        let front = "\(name) \(endedCount)/\(renderCount) "
        let left = secondsLeft.map { " \(ProgressBar.clock($0)) left" } ?? ""
        let room = max(5, min(20, columnCount - front.count - left.count - 3))
        let filled = min(room, Int(Double(room) * (endedWork + stepWork) / max(work, 1)))
        let bar = "[" + String(repeating: "#", count: filled) + String(repeating: "-", count: room - filled) + "]"
        let line = front + bar + left + (current.isEmpty ? "" : ", \(current)")
        return String(line.prefix(max(0, columnCount - 1)))
    }
}
