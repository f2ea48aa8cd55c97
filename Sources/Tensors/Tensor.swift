import DiffusionBasics

/// A dense row-major array of Float32 with value semantics.
///
/// Activations are NHWC, tokens `[batch, token, channel]`, latents NCHW as PyTorch has them. Memory is 64-byte aligned
/// and shared until written to; `reshaped(to:)` moves nothing.
public struct Tensor: Sendable {
    /// The extents, slowest axis first.
    public let shape: Shape
    private var storage: TensorStorage

    /// A tensor of undefined content from `pool`, or from the system where weights are to stay.
    /// - Throws: `MemoryError`.
    package init(uninitialized shape: Shape, pool: BufferPool?) throws {
        self.shape = shape
        storage = try TensorStorage(count: shape.elementCount, pool: pool)
    }

    /// A tensor outside every pool, filled by `initialize`. Meant for latents and test data; running out of memory traps,
    /// as it does in `Array`.
    public init(shape: Shape, initializingWith initialize: (UnsafeMutableBufferPointer<Float>) throws -> Void) rethrows
    {
        self.shape = shape
        storage = TensorStorage(count: shape.elementCount)
        try initialize(UnsafeMutableBufferPointer(start: storage.pointer, count: shape.elementCount))
    }

    /// - Parameter scalars: row-major, exactly `shape.elementCount` of them.
    public init(shape: Shape, scalars: some Collection<Float>) {
        ensure(scalars.count == shape.elementCount, "\(scalars.count) scalars for shape \(shape)")
        self.init(shape: shape) { _ = $0.initialize(from: scalars) }
    }

    /// A tensor of zeros.
    public init(zeros shape: Shape) {
        self.init(shape: shape) { $0.initialize(repeating: 0) }
    }

    private init(shape: Shape, storage: TensorStorage) {
        self.shape = shape
        self.storage = storage
    }

    /// The same elements under another shape.
    public func reshaped(to shape: Shape) -> Tensor {
        ensure(shape.elementCount == self.shape.elementCount, "reshape of \(self.shape) to \(shape)")
        return Tensor(shape: shape, storage: storage)
    }

    /// All elements in row-major order.
    public var scalars: [Float] { withUnsafeScalars { Array($0) } }

    /// Gives read access to all elements, row-major, while `body` runs.
    public func withUnsafeScalars<Result>(
        _ body: (UnsafeBufferPointer<Float>) throws -> Result
    ) rethrows -> Result {
        try withExtendedLifetime(storage) {
            try body(UnsafeBufferPointer(start: storage.pointer, count: shape.elementCount))
        }
    }

    /// Whether no other tensor shares the memory, so that it can be written without a copy.
    package mutating func isUniquelyHeld() -> Bool { isKnownUniquelyReferenced(&storage) }

    /// Whether `shrunk(to:)` would keep the memory and give its end back: nobody else holds it, and it is large.
    package mutating func canShrink(to shape: Shape) -> Bool {
        isUniquelyHeld() && storage.canShrink(count: shape.elementCount)
    }

    /// The first elements under another shape, in the same memory, whose end goes back where `canShrink(to:)`.
    package consuming func shrunk(to shape: Shape) -> Tensor {
        ensure(shape.elementCount <= self.shape.elementCount, "a part \(shape) of \(self.shape)")
        if canShrink(to: shape) { storage.shrink(count: shape.elementCount) }
        return Tensor(shape: shape, storage: storage)
    }

    /// Gives write access; copies first if another tensor shares the memory.
    public mutating func withUnsafeMutableScalars<Result>(
        _ body: (UnsafeMutableBufferPointer<Float>) throws -> Result
    ) rethrows -> Result {
        if !isKnownUniquelyReferenced(&storage) { storage = storage.copy(count: shape.elementCount) }
        return try withExtendedLifetime(storage) {
            try body(UnsafeMutableBufferPointer(start: storage.pointer, count: shape.elementCount))
        }
    }
}

/// The one owner of a tensor's memory.
private final class TensorStorage: @unchecked Sendable {
    // Unchecked: the memory is written and shrunk only through the sole reference.
    let pointer: UnsafeMutablePointer<Float>
    private var capacity: Int
    private let pool: BufferPool?

    init(count: Int, pool: BufferPool?) throws {
        self.pool = pool
        if let pool {
            (pointer, capacity) = try pool.take(floatCount: count)
        } else {
            capacity = max(count, 1) * MemoryLayout<Float>.stride
            pointer = try SystemMemory.allocate(byteCount: capacity)
        }
    }

    /// Traps where memory runs out, as `Array` does.
    convenience init(count: Int) {
        do { try self.init(count: count, pool: nil) } catch { reportBug("\(error)") }
    }

    func copy(count: Int) -> TensorStorage {
        let copy = TensorStorage(count: count)
        copy.pointer.update(from: pointer, count: count)
        return copy
    }

    /// Whether what is left can be released without what lay behind it.
    func canShrink(count: Int) -> Bool {
        pool != nil && SystemMemory.isMapped(byteCount: count * MemoryLayout<Float>.stride)
    }

    /// Gives the pool what lies behind that many floats.
    func shrink(count: Int) {
        guard let pool else { return }
        capacity = pool.shrink(pointer, capacity: capacity, toFloatCount: count)
    }

    deinit {
        if let pool {
            pool.giveBack(pointer, capacity: capacity)
        } else {
            SystemMemory.release(pointer, byteCount: capacity)
        }
    }
}
