import DiffusionDenoiser

/// What the U-Net may reuse of earlier steps: time for exactness. As text, `deep:3`.
public struct FeatureCache: Sendable, Hashable, RawRepresentable, Codable {
    /// Every so many U-Net calls one is computed in full; between them the deep features of the last full one serve
    /// (DeepCache: Ma, Fang and Wang 2023, arXiv 2312.00858). 2 or more.
    public let deepInterval: Int

    private static let prefix = "deep:"
    private static let longestInterval = 1_000_000

    /// - Returns: nil for an interval below 2.
    public init?(deepInterval: Int) {
        guard (2...Self.longestInterval).contains(deepInterval) else { return nil }
        self.deepInterval = deepInterval
    }

    /// - Parameter rawValue: `deep:` and the interval.
    public init?(rawValue: String) {
        guard rawValue.hasPrefix(Self.prefix), let interval = Int(rawValue.dropFirst(Self.prefix.count)) else {
            return nil
        }
        self.init(deepInterval: interval)
    }

    /// The choice as text.
    public var rawValue: String { "\(Self.prefix)\(deepInterval)" }

    /// What a run begins with.
    var emptyCache: DeepFeatureCache { DeepFeatureCache(interval: deepInterval) }
}
