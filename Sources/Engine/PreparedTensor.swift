import DiffusionBasics
import DiffusionTensors

/// The rows of a tensor in the form that one arithmetic multiplies: made once, for all layers that read them.
package struct PreparedTensor: Sendable {
    /// Of the rows: `[images, …, width]`.
    package let shape: Shape
    let arithmetic: ProductArithmetic
    /// The rows themselves where they are multiplied as they are; else prepared rows, then a factor for each.
    private let memory: Tensor

    var width: Int { shape.last }
    var rowCount: Int { shape.elementCount / max(1, width) }

    /// - Throws: `NonFiniteValueError` where the arithmetic cannot carry what is not finite, `MemoryError`,
    ///   `CancellationError`.
    package init(_ rows: Tensor, for arithmetic: ProductArithmetic, in context: ComputeContext) throws {
        guard arithmetic.rowFormat.byteCount(inputs: rows.shape.last) != nil else {
            self.init(shape: rows.shape, arithmetic: arithmetic, memory: rows)
            return
        }
        try self.init(rows.shape, for: arithmetic, in: context) { writer in
            try withPointer(rows) { source in
                let (width, blocks) = (rows.shape.last, writer.blocks)
                try context.runThrowing(blocks.count) { index in
                    try writer.write(source + blocks[index].lowerBound * width, stride: width, at: blocks[index])
                }
            }
        }
    }

    /// Rows that `fill` writes block by block. Only for arithmetics that prepare rows.
    init(
        _ shape: Shape, for arithmetic: ProductArithmetic, in context: ComputeContext,
        fill: (PreparedRowWriter) throws -> Void
    ) throws {
        let (width, format) = (shape.last, arithmetic.rowFormat)
        guard let rowBytes = format.byteCount(inputs: width) else { reportBug("rows of floats are not prepared") }
        let rowCount = shape.elementCount / max(1, width)
        var memory = try context.makeTensor([rowCount * (rowBytes / 4 + 1)])
        try memory.withUnsafeMutableScalars { scalars in
            guard let base = scalars.baseAddress else { return }
            try fill(
                PreparedRowWriter(
                    format: format, width: width, rowCount: rowCount, rowBytes: rowBytes,
                    values: SharedPointer(pointer: base), kernels: context.kernels))
        }
        self.init(shape: shape, arithmetic: arithmetic, memory: memory)
    }

    private init(shape: Shape, arithmetic: ProductArithmetic, memory: Tensor) {
        (self.shape, self.arithmetic, self.memory) = (shape, arithmetic, memory)
    }

    /// The same rows under another shape.
    package func reshaped(to shape: Shape) -> PreparedTensor {
        ensure(
            shape.elementCount == self.shape.elementCount && shape.last == width,
            "rows of \(self.shape) as \(shape)")
        return PreparedTensor(shape: shape, arithmetic: arithmetic, memory: memory)
    }

    /// Lends `body` a way to take any range of rows.
    func withRows<Result>(_ body: (PreparedRowReader) throws -> Result) rethrows -> Result {
        try withPointer(memory) { values in
            let rowBytes = arithmetic.rowFormat.byteCount(inputs: width)
            return try body(
                PreparedRowReader(width: width, rowCount: rowCount, rowBytes: rowBytes, values: values))
        }
    }
}

/// Writes blocks of prepared rows; worker threads share it, each with rows of its own.
struct PreparedRowWriter: Sendable {
    fileprivate let format: any RowFormat
    let width: Int
    fileprivate let rowCount: Int
    fileprivate let rowBytes: Int
    fileprivate let values: SharedPointer<Float>
    fileprivate let kernels: KernelTable

    /// Floats of a block: it stays in cache beside what it is made from.
    private static let blockLength = 1 << 15

    var blocks: Pieces { Pieces(of: rowCount, length: Self.blockLength / max(1, width)) }

    /// Where a row goes that is prepared already.
    func row(_ index: Int) -> UnsafeMutableRawPointer { UnsafeMutableRawPointer(values + index * rowBytes / 4) }

    /// Prepares floats as rows `range`.
    /// - Throws: `NonFiniteValueError`.
    func write(_ rows: UnsafePointer<Float>, stride: Int, at range: Range<Int>) throws {
        try format.prepare(
            rows, stride: stride, rowCount: range.count, inputs: width,
            values: UnsafeMutableRawPointer(values + range.lowerBound * rowBytes / 4),
            scales: values + (rowCount * rowBytes / 4 + range.lowerBound), kernels)
    }
}

/// Takes ranges of prepared rows.
struct PreparedRowReader: Sendable {
    fileprivate let width: Int
    fileprivate let rowCount: Int
    /// nil for rows as they are.
    fileprivate let rowBytes: Int?
    fileprivate let values: SharedConstPointer<Float>

    subscript(range: Range<Int>) -> PreparedRows {
        let stride = rowBytes ?? 4 * width
        return PreparedRows(
            rowCount: range.count, inputs: 0..<width, values: values + range.lowerBound * stride / 4,
            byteStride: stride, scales: rowBytes.map { values + (rowCount * $0 / 4 + range.lowerBound) })
    }
}
