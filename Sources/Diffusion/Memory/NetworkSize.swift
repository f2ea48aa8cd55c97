import DiffusionBasics
import DiffusionEngine
import DiffusionTensors

/// What the weights of a network take of memory, from its description alone.
struct NetworkSize: Sendable, Equatable {
    /// What belongs to no group and stays, if the network has groups.
    var rest = 0
    /// The parts that are read together, and can be let go together.
    var groups: [Int] = []
    /// What packing each parameter takes beside its result, largest first.
    private var scratch: [Int] = []
    /// Of the convolutions, packed as small as they can be.
    private var smallestConvolutions = 0

    /// No network.
    init() {}

    /// - Parameters:
    ///   - convolutionLimit: as `PlanBook`'s; nil takes what is fastest.
    ///   - describe: makes the network in a scope that has every parameter, which nobody reads.
    init(
        _ arithmetic: ProductArithmetic, convolutionLimit: Int?, _ describe: (WeightScope) -> any Sendable
    ) {
        let (groups, book) = (WeightGroups(), PlanBook(byteLimit: convolutionLimit))
        let keeper = WeightResidency(byteLimit: 0)
        let scope = WeightScope(ShapeSource()).with(arithmetic).kept(by: keeper, as: groups).choosingPlans(in: book)
        let network = describe(scope)
        rest = groups.rest.byteCount
        self.groups = groups.all.dropFirst().map(\.byteCount)
        scratch = groups.all.flatMap { $0.sizes.map(\.scratchByteCount) }.sorted(by: >)
        smallestConvolutions = PlanChoice.smallestByteCount(book.layers)
        withExtendedLifetime(network) {}
    }

    var total: Int { groups.reduce(rest, +) }

    /// What has to be in memory at once while the network computes, what stays left out.
    var largestGroup: Int { groups.max() ?? 0 }

    /// What so many threads take that pack at once.
    func scratch(threadCount: Int) -> Int { scratch.prefix(threadCount).reduce(0, +) }

    /// The limit of a book of plans with which a network, of which this is the smallest size, stays within `byteCount`.
    func convolutionLimit(within byteCount: Int) -> Int {
        // Scales and padding are left out of what the book counts: a fiftieth.
        max(0, byteCount - (total - smallestConvolutions)) / 50 * 49
    }
}

/// Has every parameter, of whatever shape is asked for.
struct ShapeSource: WeightSource {
    func contains(_ name: String) -> Bool { true }

    func parameter(named name: String, shape: Shape) -> Parameter {
        Parameter(name: name, shape: shape) { _, _ in reportBug("\(name) was read of a network that is only described")
        }
    }
}
