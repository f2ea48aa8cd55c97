import DiffusionBasics

/// The extents of a dense row-major tensor, slowest first: `[batch, height, width, channels]` for an activation.
public struct Shape: Sendable, Hashable, ExpressibleByArrayLiteral, CustomStringConvertible {
    public let dimensions: [Int]
    public let elementCount: Int

    /// Extents must not be negative and their product must fit an Int; sizes from files are checked where they are read.
    public init(_ dimensions: [Int]) {
        var count = 1
        for extent in dimensions {
            let (product, overflow) = count.multipliedReportingOverflow(by: extent)
            ensure(extent >= 0 && !overflow, "impossible shape \(dimensions)")
            count = product
        }
        self.dimensions = dimensions
        elementCount = count
    }

    public init(arrayLiteral elements: Int...) { self.init(elements) }

    public var rank: Int { dimensions.count }
    public var last: Int { dimensions.last ?? 1 }

    /// The extent of an axis; a negative axis counts from the end.
    public subscript(axis: Int) -> Int { dimensions[axis < 0 ? dimensions.count + axis : axis] }

    /// `2×64×64×320`.
    public var description: String { dimensions.map(String.init).joined(separator: "×") }
}
