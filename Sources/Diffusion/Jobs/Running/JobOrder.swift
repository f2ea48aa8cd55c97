/// Which renders a shard has, in the order in which they are made: those that others need first, then by model, size and
/// prompt, each in order of first appearance. A million of them take some tens of megabytes.
package struct JobOrder: Sendable {
    package struct Entry: Sendable {
        package var index: Int
        /// 0 for a render that needs no other, else one more than the deepest that it needs.
        package var level: UInt32
        fileprivate var place: JobGrouping.Place

        fileprivate var rank: (UInt32, UInt32, UInt32, UInt32, Int) {
            (level, place.model, place.size, place.prompt, index)
        }
    }

    package let entries: [Entry]
    /// Renders that others need.
    package let needed: Set<Int>
    /// Pixels times steps of all of them, the measure of time left.
    package let work: Double

    package init(_ plan: JobPlan, shard: JobShard) {
        let (grouping, chains) = (plan.grouping, plan.grouping.chains)
        let own =
            plan.renders.hasDependencies
            ? plan.renders.indices.filter { chains.root(of: $0) % shard.count == shard.index }
            : Array(stride(from: shard.index, to: plan.renders.count, by: shard.count))
        entries = own.map { Entry(index: $0, level: chains.level(of: $0), place: grouping.places[$0]) }
            .sorted { $0.rank < $1.rank }
        work = entries.reduce(0) { $0 + Double($1.place.work) }
        needed = chains.needed
    }
}
