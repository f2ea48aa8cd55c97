import DiffusionBasics

/// The extents of a dense row-major tensor, slowest first: `[batch, height, width, channels]` for an activation.
public struct Shape: Sendable, Hashable, ExpressibleByArrayLiteral, CustomStringConvertible {
    /// The extents, each 0 or more.
    public let dimensions: [Int]
    /// Their product; 1 where there is none.
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

    /// `[1, 4, 64, 64]`.
    public init(arrayLiteral elements: Int...) { self.init(elements) }

    /// The number of axes.
    public var rank: Int { dimensions.count }
    /// The extent of the fastest axis; 1 where there is none.
    package var last: Int { dimensions.last ?? 1 }

    /// The extent of an axis; a negative axis counts from the end.
    public subscript(axis: Int) -> Int { dimensions[axis < 0 ? dimensions.count + axis : axis] }

    /// `2×64×64×320`.
    public var description: String { dimensions.map(String.init).joined(separator: "×") }
}
