import CDiffusionKernels
import DiffusionBasics
import DiffusionTensors

/// Keys and values as 16-bit integers (`DiffusionAttention.h`), head by head; written by `init` only.
final class FixedAttentionMemory: Sendable {
    private let layout: FixedAttentionLayout
    var keyCount: Int { layout.keyCount }
    private let heads: Int
    private let storage: Tensor

    /// Packs all heads of all images on the workers.
    /// - Throws: `NonFiniteValueError`, `MemoryError`, `CancellationError`.
    init(keys: Tensor, values: Tensor, heads: Int, in context: ComputeContext) throws {
        let layout = FixedAttentionLayout(
            keyCount: keys.shape[1], keyWidth: keys.shape[2] / heads, valueWidth: values.shape[2] / heads)
        let headCount = keys.shape[0] * heads, pieces = layout.pieces
        var storage = try context.makeTensor([headCount * layout.byteCount / 4])
        try withPointer(keys) { keys in
            try withPointers(values, &storage) { values, target in
                try context.runThrowing(headCount * pieces.count) { task in
                    let (index, piece) = task.quotientAndRemainder(dividingBy: pieces.count)
                    let (image, head) = index.quotientAndRemainder(dividingBy: heads)
                    let packed = layout.head(at: UnsafeMutableRawPointer(target + index * layout.byteCount / 4))
                    let token = image * layout.keyCount * heads + head
                    try layout.pack(
                        pieces[piece], keys: keys + token * layout.keyWidth, values: values + token * layout.valueWidth,
                        heads: heads, into: packed, context.kernels)
                }
            }
        }
        (self.layout, self.heads, self.storage) = (layout, heads, storage)
    }

    /// Lends one head as the kernels take it.
    func withHead<Result>(image: Int, head: Int, _ body: (dk_attention_memory) throws -> Result) rethrows -> Result {
        try withPointer(storage) { base in
            let start = UnsafeMutablePointer(mutating: base + (image * heads + head) * layout.byteCount / 4)
            return try body(layout.head(at: UnsafeMutableRawPointer(start)).memory)
        }
    }
}

/// Where the parts of one packed head lie, each 64-byte aligned.
struct FixedAttentionLayout: Sendable {
    /// One packed head that is being written.
    struct Head {
        let keys: UnsafeMutablePointer<Int16>
        let keyScales: UnsafeMutablePointer<Float>
        let values: UnsafeMutablePointer<Int16>
        let valueScales: UnsafeMutablePointer<Float>
        let memory: dk_attention_memory
    }

    let keyCount: Int
    let keyWidth: Int
    let valueWidth: Int
    private let offsets: [Int]

    /// Keys packed by one task: whole panels and whole blocks.
    private static let pieceLength = 4 * Int(dk_attention_block)

    init(keyCount: Int, keyWidth: Int, valueWidth: Int) {
        (self.keyCount, self.keyWidth, self.valueWidth) = (keyCount, keyWidth, valueWidth)
        let sizes = [
            2 * dk_attention_key_elements(keyCount, keyWidth), 4 * dk_attention_key_scale_count(keyCount, keyWidth),
            2 * dk_attention_value_elements(keyCount, valueWidth),
            4 * dk_attention_value_scale_count(keyCount, valueWidth),
        ]
        offsets = sizes.reduce(into: [0]) { $0.append($0[$0.count - 1] + ($1 + 63) / 64 * 64) }
    }

    /// Of one head; a multiple of 64.
    var byteCount: Int { offsets[4] }

    var pieces: Pieces { Pieces(of: keyCount, length: Self.pieceLength) }

    func head(at base: UnsafeMutableRawPointer) -> Head {
        let keys = (base + offsets[0]).assumingMemoryBound(to: Int16.self)
        let keyScales = (base + offsets[1]).assumingMemoryBound(to: Float.self)
        let values = (base + offsets[2]).assumingMemoryBound(to: Int16.self)
        let valueScales = (base + offsets[3]).assumingMemoryBound(to: Float.self)
        return Head(
            keys: keys, keyScales: keyScales, values: values, valueScales: valueScales,
            memory: dk_attention_memory(
                keys: keys, key_scales: keyScales, values: values, value_scales: valueScales, key_count: keyCount,
                key_width: keyWidth, value_width: valueWidth))
    }

    /// Packs the keys and values of `range`, a piece.
    /// - Parameter keys: the head's columns of token 0, as in `values`; tokens lie heads × width apart.
    /// - Throws: `NonFiniteValueError`; also where scores could leave single precision.
    func pack(
        _ range: Range<Int>, keys: UnsafePointer<Float>, values: UnsafePointer<Float>, heads: Int, into head: Head,
        _ kernels: KernelTable
    ) throws {
        for first in stride(from: range.lowerBound, to: range.upperBound, by: Int(dk_fixed_panel_width)) {
            try packKeys(first, keys, stride: heads * keyWidth, into: head, kernels)
        }
        for first in stride(from: range.lowerBound, to: range.upperBound, by: Int(dk_attention_block)) {
            try packValues(first, values, stride: heads * valueWidth, into: head, kernels)
        }
    }

    private func packKeys(
        _ first: Int, _ keys: UnsafePointer<Float>, stride: Int, into head: Head, _ kernels: KernelTable
    ) throws {
        var panel = dk_attention_key_shape(keyCount, keyWidth)
        panel.output_count = min(Int(dk_fixed_panel_width), keyCount - first)
        let finite = kernels.attention.pointee.pack_keys(
            head.keys + first * dk_fixed_row_length(keyWidth), head.keyScales + first, keys + first * stride, stride,
            panel)
        guard finite == panel.output_count else { throw NonFiniteValueError() }
        for block in 0..<dk_fixed_block_count(keyWidth, panel.block_length) {
            let scales = head.keyScales + (block * panel.scale_stride + first)
            guard (0..<panel.output_count).allSatisfy({ scales[$0] < Self.scaleLimit }) else {
                throw NonFiniteValueError()
            }
        }
    }

    /// See `dk_attention_memory`.
    private static let scaleLimit: Float = 0x1p90

    private func packValues(
        _ first: Int, _ values: UnsafePointer<Float>, stride: Int, into head: Head, _ kernels: KernelTable
    ) throws {
        let columns = dk_attention_padded_columns(valueWidth)
        let finite = kernels.attention.pointee.pack_values(
            head.values + first * columns, head.valueScales + first / Int(dk_attention_block) * columns,
            values + first * stride, stride, min(Int(dk_attention_block), keyCount - first), valueWidth)
        guard finite == columns else { throw NonFiniteValueError() }
    }
}
