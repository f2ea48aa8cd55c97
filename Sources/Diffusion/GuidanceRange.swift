/// The part of a run in which guidance works; outside of it the U-Net runs for the prompt alone, half the work
/// (Kynkäänniemi et al. 2024, "Applying Guidance in a Limited Interval", by steps instead of noise levels).
///
/// Counted as diffusers' guiders count `start` and `stop`: of n U-Net calls, those from ⌊start · n⌋ up to, but not with,
/// ⌊end · n⌋ are guided. As text, `0.2..0.8`.
public struct GuidanceRange: Sendable, Hashable, RawRepresentable, Codable {
    /// Where guidance begins, a share of the run: 0 or more.
    public let start: Double
    /// Where it ends: more than `start`, at most 1.
    public let end: Double

    /// - Returns: nil unless 0 ≤ start < end ≤ 1.
    public init?(start: Double, end: Double) {
        guard 0 <= start, start < end, end <= 1 else { return nil }
        (self.start, self.end) = (start, end)
    }

    /// - Parameter rawValue: two numbers with two dots between them.
    public init?(rawValue: String) {
        guard let dots = rawValue.firstRange(of: ".."), !rawValue.contains("..."),
            let start = Double(rawValue[..<dots.lowerBound]), let end = Double(rawValue[dots.upperBound...])
        else { return nil }
        self.init(start: start, end: end)
    }

    /// The range as text.
    public var rawValue: String { "\(Self.shortest(start))..\(Self.shortest(end))" }

    /// Whether it is all of the run, as without a range.
    var isWhole: Bool { start == 0 && end == 1 }

    /// Whether call `index` of `count` is guided.
    func contains(_ index: Int, of count: Int) -> Bool {
        (Int(start * Double(count))..<Int(end * Double(count))).contains(index)
    }

    private static func shortest(_ value: Double) -> String {
        Int(exactly: value).map(String.init) ?? String(value)
    }
}
