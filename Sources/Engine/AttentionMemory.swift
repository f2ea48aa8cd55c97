import DiffusionBasics
import DiffusionTensors

/// Keys and values of one attention in the form that queries meet them in: made once, it serves any number of queries.
package struct AttentionMemory: Sendable {
    /// What one image's queries attend to.
    enum Image: Sendable {
        /// Tensors `[images, keys, heads × width]`, and which image of theirs.
        case float32(keys: Tensor, values: Tensor, index: Int)
        case fixed16(FixedAttentionMemory, index: Int)

        var keyCount: Int {
            switch self {
            case .float32(let keys, _, _): keys.shape[1]
            case .fixed16(let memory, _): memory.keyCount
            }
        }
    }

    let heads: Int
    /// Of one head.
    let keyWidth: Int
    let valueWidth: Int
    let images: [Image]

    /// - Parameters:
    ///   - keys: `[images, keys, heads × d]`, d and the number of keys at least 1.
    ///   - values: `[images, keys, heads × e]`.
    /// - Throws: in `fixed16` `NonFiniteValueError` where a number is not finite; `MemoryError`, `CancellationError`.
    package init(
        keys: Tensor, values: Tensor, heads: Int, arithmetic: ProductArithmetic, in context: ComputeContext
    ) throws {
        ensure(
            keys.shape.rank == 3 && values.shape.rank == 3 && keys.shape[0] == values.shape[0]
                && keys.shape[1] == values.shape[1] && keys.shape[1] > 0 && keys.shape[2] > 0 && values.shape[2] > 0
                && keys.shape[2] % heads == 0 && values.shape[2] % heads == 0,
            "attention over keys \(keys.shape) and values \(values.shape) in \(heads) heads")
        self.heads = heads
        keyWidth = keys.shape[2] / heads
        valueWidth = values.shape[2] / heads
        switch arithmetic {
        case .float32:
            images = (0..<keys.shape[0]).map { .float32(keys: keys, values: values, index: $0) }
        case .fixed16, .int8:
            let packed = try FixedAttentionMemory(keys: keys, values: values, heads: heads, in: context)
            images = (0..<keys.shape[0]).map { .fixed16(packed, index: $0) }
        }
    }

    var arithmetic: ProductArithmetic {
        if case .fixed16 = images.first { return .fixed16 }
        return .float32
    }

    /// The images of several memories of one layer, one after another; their numbers of keys may differ.
    package init(joining memories: [AttentionMemory]) {
        guard let first = memories.first else { reportBug("attention over no memory") }
        ensure(
            memories.allSatisfy {
                $0.heads == first.heads && $0.arithmetic == first.arithmetic && $0.keyWidth == first.keyWidth
                    && $0.valueWidth == first.valueWidth
            }, "attention over memories of several layers")
        (heads, keyWidth, valueWidth) = (first.heads, first.keyWidth, first.valueWidth)
        images = memories.flatMap(\.images)
    }
}
