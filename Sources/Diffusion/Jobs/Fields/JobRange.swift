import DiffusionBasics

/// Numbers at equal distances, `"1..3"` or `{"from": 4, "to": 8, "step": 2}`, both ends taken where the steps meet them.
///
/// Counted in whole multiples of a power of ten, so that its values are the same as those written out: 0.3 and not
/// 0.1 + 0.1 + 0.1.
struct JobRange: Sendable, Equatable {
    private let first: Int
    private let step: Int
    /// What the numbers are divided by.
    private let divisor: Int
    let count: Int

    /// As `1..3`; nil where the text is no range.
    init?(text: String) {
        guard let dots = text.firstRange(of: "..") else { return nil }
        let ends = [text[..<dots.lowerBound], text[dots.upperBound...]].map { Self.number(String($0)) }
        guard let from = ends[0], let to = ends[1] else { return nil }
        self.init(from: from, to: to, step: nil)
    }

    /// - Parameter step: nil is 1, or -1 where the range goes down.
    /// - Returns: nil where the numbers are too fine or too large, or the step does not lead from one end to the other.
    init?(from: JSONNumber, to: JSONNumber, step: JSONNumber?) {
        let numbers = [from, to, step ?? JSONNumber(text: "1")].map(Decimal.init)
        guard let a = numbers[0], let b = numbers[1], let c = numbers[2] else { return nil }
        let places = max(a.places, b.places, c.places)
        guard let first = a.scaled(to: places), let last = b.scaled(to: places), var stride = c.scaled(to: places)
        else {
            return nil
        }
        if step == nil, last < first { stride = -stride }
        guard stride != 0, (last >= first) == (stride > 0) || last == first else { return nil }
        let (distance, overflow) = last.subtractingReportingOverflow(first)
        guard !overflow else { return nil }
        (self.first, self.step, divisor) = (first, stride, Decimal.power(places))
        count = distance / stride + 1
    }

    /// The numbers that bound all others.
    var ends: [JSONNode] { [0, count - 1].map { JSONNode(.number(JSONNumber(text: text($0)))) } }

    var isWhole: Bool { divisor == 1 }
    func integer(_ index: Int) -> Int { first + index * step }
    func number(_ index: Int) -> Double { Double(integer(index)) / Double(divisor) }
    func text(_ index: Int) -> String { isWhole ? String(integer(index)) : "\(number(index))" }

    private static func number(_ text: String) -> JSONNumber? {
        guard let node = try? JSONParser.parse(Array(text.utf8), file: "") else { return nil }
        return node.number
    }
}

/// A number as its digits without the point, and how many of them follow it.
private struct Decimal {
    var digits: Int
    var places: Int

    private static let mostPlaces = 9

    init?(_ number: JSONNumber) {
        let parts = number.text.lowercased().split(separator: "e", omittingEmptySubsequences: false)
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        guard let exponent = parts.count > 1 ? Int(parts[1]) : 0, abs(exponent) < 30 else { return nil }
        let fraction = mantissa.count > 1 ? mantissa[1] : ""
        guard let all = Int(mantissa[0] + fraction) else { return nil }
        (digits, places) = (all, fraction.count - exponent)
        while places > 0, digits % 10 == 0 { (digits, places) = (digits / 10, places - 1) }
        guard places <= Self.mostPlaces else { return nil }
        guard places < 0 else { return }
        guard places > -18, let whole = Self.product(digits, Self.power(-places)) else { return nil }
        (digits, places) = (whole, 0)
    }

    /// The number in units of 10 to the power of −`places`.
    func scaled(to places: Int) -> Int? {
        guard let scaled = Self.product(digits, Self.power(places - self.places)), abs(scaled) < 1 << 53 else {
            return nil
        }
        return scaled
    }

    static func power(_ exponent: Int) -> Int { (0..<exponent).reduce(1) { power, _ in power * 10 } }

    private static func product(_ a: Int, _ b: Int) -> Int? {
        let (product, overflow) = a.multipliedReportingOverflow(by: b)
        return overflow ? nil : product
    }
}
