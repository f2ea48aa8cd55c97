import DiffusionBasics

/// Which renders a shard has, in the order in which they are made: those that others need first, then by model, size and
/// prompt, each in order of first appearance. A million of them take some tens of megabytes.
package struct JobOrder: Sendable {
    package struct Entry: Sendable {
        package var index: Int
        /// 0 for a render that needs no other, else one more than the deepest that it needs.
        package var level: UInt32
        fileprivate var model: UInt32
        fileprivate var size: UInt32
        fileprivate var prompt: UInt32

        fileprivate var rank: (UInt32, UInt32, UInt32, UInt32, Int) { (level, model, size, prompt, index) }
    }

    package let entries: [Entry]
    /// Renders that others need.
    package let needed: Set<Int>
    /// Pixels times steps of all of them, the measure of time left.
    package let work: Double

    package init(_ renders: JobRenders, shard: JobShard) {
        let chains = renders.hasDependencies ? Chains(renders) : Chains()
        // Without chains nobody has to look at the renders of other shards.
        let own =
            renders.hasDependencies
            ? renders.indices.filter { chains.root(of: $0) % shard.count == shard.index }
            : Array(stride(from: shard.index, to: renders.count, by: shard.count))
        var groups = Groups()
        var work = 0.0
        let entries = own.map { index in
            let render = renders[index]
            work += render.work
            return groups.entry(for: render, level: chains.level(of: index))
        }
        self.entries = entries.sorted { $0.rank < $1.rank }
        (self.work, needed) = (work, chains.needed)
    }
}

extension JobRender {
    /// Pixels times steps, as far as the request tells.
    var work: Double {
        Double(request.width ?? 512) * Double(request.height ?? 512) * Double((request.steps ?? 20) + 1)
    }
}

/// Numbers for models, sizes and prompts as they turn up.
private struct Groups {
    private struct Size: Hashable {
        var width: Int?
        var height: Int?
    }

    private var models: [JobModel: UInt32] = [:]
    private var sizes: [Size: UInt32] = [:]
    /// By a hash of 64 bits: two prompts that share one only stand beside each other.
    private var prompts: [Int: UInt32] = [:]

    mutating func entry(for render: JobRender, level: UInt32) -> JobOrder.Entry {
        let request = render.request
        return JobOrder.Entry(
            index: render.index, level: level, model: Self.number(of: render.model, in: &models),
            size: Self.number(of: Size(width: request.width, height: request.height), in: &sizes),
            prompt: Self.number(of: request.prompt.hashValue, in: &prompts))
    }

    private static func number<Key: Hashable>(of key: Key, in numbers: inout [Key: UInt32]) -> UInt32 {
        if let known = numbers[key] { return known }
        numbers[key] = UInt32(numbers.count)
        return UInt32(numbers.count - 1)
    }
}

/// Renders that hang together because one needs another; those that stand alone are not stored.
private struct Chains {
    private var parents: [Int: Int] = [:]
    private var levels: [Int: UInt32] = [:]
    private(set) var needed: Set<Int> = []

    init() {}

    init(_ renders: JobRenders) {
        for render in renders where !render.dependencies.isEmpty { add(render) }
    }

    /// Renders come in order of their index, and need only earlier ones.
    private mutating func add(_ render: JobRender) {
        var level: UInt32 = 0
        for dependency in render.dependencies.joined() {
            needed.insert(dependency)
            level = max(level, self.level(of: dependency) + 1)
            join(render.index, dependency)
        }
        if level > 0 { levels[render.index] = level }
    }

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
