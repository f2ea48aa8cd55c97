/// What the order of rendering goes by: gathered while a file is checked, so that its renders need not be made up again for it.
/// A million of them take some twenty megabytes.
struct JobGrouping: Sendable {
    /// One render's model, size and prompt as numbers, in order of first appearance.
    struct Place: Sendable {
        var model: UInt32
        var size: UInt32
        var prompt: UInt32
        /// Pixels times steps.
        var work: Float
    }

    private(set) var places: [Place] = []
    private(set) var chains = JobChains()

    private struct Size: Hashable {
        var width: Int?
        var height: Int?
    }

    private var models: [JobModel: UInt32] = [:]
    private var sizes: [Size: UInt32] = [:]
    /// By a hash of 64 bits: two prompts that share one only stand beside each other.
    private var prompts: [Int: UInt32] = [:]

    /// Takes the renders of a plan in order of their index.
    mutating func add(_ render: JobRender) {
        let request = render.request
        places.append(
            Place(
                model: Self.number(of: render.model, in: &models),
                size: Self.number(of: Size(width: request.width, height: request.height), in: &sizes),
                prompt: Self.number(of: request.prompt.hashValue, in: &prompts), work: Float(render.work)))
        if !render.dependencies.isEmpty { chains.add(render) }
    }

    /// Lets go of what only `add` needs.
    mutating func finish() { (models, sizes, prompts) = ([:], [:], [:]) }

    private static func number<Key: Hashable>(of key: Key, in numbers: inout [Key: UInt32]) -> UInt32 {
        if let known = numbers[key] { return known }
        numbers[key] = UInt32(numbers.count)
        return UInt32(numbers.count - 1)
    }
}

extension JobRender {
    /// Pixels times steps, as far as the request tells.
    var work: Double {
        Double(request.width ?? 512) * Double(request.height ?? 512) * Double((request.steps ?? 20) + 1)
    }
}

/// Renders that hang together because one needs another; those that stand alone are not stored.
struct JobChains: Sendable {
    private var parents: [Int: Int] = [:]
    private var levels: [Int: UInt32] = [:]
    /// Renders that others need.
    private(set) var needed: Set<Int> = []

    /// Renders come in order of their index, and need only earlier ones.
    mutating func add(_ render: JobRender) {
        var level: UInt32 = 0
        for dependency in render.dependencies.joined() {
            needed.insert(dependency)
            level = max(level, self.level(of: dependency) + 1)
            join(render.index, dependency)
        }
        if level > 0 { levels[render.index] = level }
    }

    /// 0 for a render that needs no other, else one more than the deepest that it needs.
    func level(of index: Int) -> UInt32 { levels[index, default: 0] }

    /// The first render of the chain.
    func root(of index: Int) -> Int {
        var root = index
        while let parent = parents[root] { root = parent }
        return root
    }

    private mutating func join(_ first: Int, _ second: Int) {
        let (first, second) = (root(of: first), root(of: second))
        if first != second { parents[max(first, second)] = min(first, second) }
    }
}
