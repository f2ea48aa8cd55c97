import Diffusion

extension MemoryEstimate {
    /// `about 4.0 GB; works from --max-memory 620MB on`, for people.
    func text(limit: Int?) -> String {
        let smallest = "works from \(MemoryOption.flag) \(ByteCount.wholeMegabytes(smallestByteCount)) on"
        guard let limit else { return "about \(ByteCount.text(unlimitedByteCount)); \(smallest)" }
        let without = "about \(ByteCount.text(unlimitedByteCount)) without"
        return "at most \(ByteCount.text(limit)); \(without); \(smallest)"
    }

    /// The same for programs, in bytes.
    func value(limit: Int?) -> JSONLine.Value {
        .object([
            ("unlimited", .integer(unlimitedByteCount)), ("smallest", .integer(smallestByteCount)),
            ("limit", limit.map(JSONLine.Value.integer) ?? .null),
        ])
    }
}
