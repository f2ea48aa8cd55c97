import DiffusionBasics

/// How an arithmetic holds the rows that it multiplies.
protocol RowFormat: Sendable {
    /// Bytes of a prepared row of that many numbers; nil where rows are multiplied as they are.
    func byteCount(inputs: Int) -> Int?

    /// Whether a row's result is the same whichever rows are multiplied beside it.
    var hasIndependentRows: Bool { get }

    /// Rows that a panel holds at most.
    var longestPanel: Int { get }

    /// Writes prepared rows, `byteCount(inputs:)` apart, and a factor for each.
    /// - Throws: `NonFiniteValueError`.
    func prepare(
        _ rows: UnsafePointer<Float>, stride: Int, rowCount: Int, inputs: Int, values: UnsafeMutableRawPointer,
        scales: UnsafeMutablePointer<Float>, _ kernels: KernelTable) throws

    /// Whether prepared rows of that many numbers can be joined to the prepared row of all their numbers.
    func canJoin(inputs: Int) -> Bool

    /// Writes part `index` of a joined row of `count` parts; nil stands for zeros. Only where rows can be joined.
    /// - Parameter part: a prepared row of `inputs` numbers.
    func join(
        _ part: UnsafeRawPointer?, inputs: Int, at index: Int, of count: Int, into row: UnsafeMutableRawPointer)
}

extension RowFormat {
    func canJoin(inputs: Int) -> Bool { false }

    func join(
        _ part: UnsafeRawPointer?, inputs: Int, at index: Int, of count: Int, into row: UnsafeMutableRawPointer
    ) { reportBug("rows that cannot be joined") }
}

/// Rows as one arithmetic multiplies them; prepared once, they serve any number of matrices.
struct PreparedRows {
    var rowCount: Int
    /// The range of the matrix's inputs that the rows hold.
    var inputs: Range<Int>
    /// Elements of the arithmetic's own type.
    var values: UnsafeRawPointer
    /// From one row to the next.
    var byteStride: Int
    /// A factor per row, where the arithmetic has it.
    var scales: UnsafePointer<Float>?
}
