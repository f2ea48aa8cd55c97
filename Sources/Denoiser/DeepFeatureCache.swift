import DiffusionTensors

/// The deep features of a U-Net, kept from one call for the next few (DeepCache: Ma, Fang and Wang 2023, arXiv 2312.00858,
/// section 3.3, uniform interval).
///
/// Every N-th call of a run is whole; between them only the first level's outermost skip branches are computed: the input
/// convolution, the first layer on the way down, the last two on the way up, and the output layers. What comes from below,
/// the input of the last but one layer on the way up, is that of the last whole call. The branch is that of the authors'
/// `cache_layer_id=0, cache_block_id=0`; their later helper's `cache_branch_id=0` reuses one layer more.
package struct DeepFeatureCache: Sendable {
    private var turns: DeepCacheTurns
    private var feature: Tensor?

    /// - Parameter interval: a whole call and `interval` − 1 shallow ones take turns.
    package init(interval: Int) { turns = DeepCacheTurns(interval: interval) }

    /// What the next call takes from below; nil where it has to be whole.
    mutating func next(imageCount: Int) -> Tensor? { turns.isNextWhole(imageCount: imageCount) ? nil : feature }

    /// Takes the feature of a whole call.
    mutating func keep(_ feature: Tensor) { self.feature = feature }
}

/// Which calls of a run are whole.
package struct DeepCacheTurns: Sendable {
    private let interval: Int
    private var callsSinceWhole = 0
    private var keptImageCount: Int?

    /// - Parameter interval: 1 or more.
    package init(interval: Int) { self.interval = interval }

    /// Whether the next call has to be whole: as the first one, after `interval` calls, or where the number of images has
    /// changed (guidance began or ended).
    package mutating func isNextWhole(imageCount: Int) -> Bool {
        callsSinceWhole += 1
        guard callsSinceWhole >= interval || keptImageCount != imageCount else { return false }
        (callsSinceWhole, keptImageCount) = (0, imageCount)
        return true
    }
}
