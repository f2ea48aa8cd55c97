import CDiffusionKernels

private let groupLength = Int(dk_fixed_group_length)

/// The functions that make integers of rows and weights, and how they lay these out.
struct FixedPacking {
    typealias Quantise =
        (
            UnsafeMutablePointer<Int16>, Int, UnsafeMutablePointer<Float>, Int, UnsafePointer<Float>, Int, Int, Int
        ) -> Int
    typealias Pack =
        (UnsafeMutablePointer<Int16>, UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int, dk_fixed_shape) -> Int

    let quantise: Quantise
    let pack: Pack
    let layout: dk_fixed_layout

    init(_ kernels: FixedKernels) {
        (quantise, pack) = (kernels.pointee.quantise_rows, kernels.pointee.pack_panel)
        layout = kernels.pointee.layout
    }

    /// Of queries and keys.
    init(_ kernels: AttentionKernels) {
        (quantise, pack) = (kernels.pointee.quantise_queries, kernels.pointee.pack_keys)
        layout = kernels.pointee.layout
    }
}

/// Where a channel lies in a row of pairs: those that are 16 apart are beside each other.
func placeInPairs(_ channel: Int) -> Int { channel / 32 * 32 + channel % 16 * 2 + channel % 32 / 16 }

/// Where a channel of a group lies in its 64 upper or lower bytes.
private func placeInTiles(_ channel: Int) -> Int { 4 * (channel % 16) + [0, 2, 1, 3][channel / 16] }

/// Groups of channels from the layout of tiles to that of pairs, or back; written from the layouts' description alone.
struct TileLayout {
    /// Whether it ends in the layout of tiles.
    let makesTiles: Bool

    /// Groups of a row that begin there.
    func rearrangeRow(_ integers: inout [Int16], from first: Int, length: Int) {
        for group in stride(from: first, to: first + length, by: groupLength) {
            rearrange(&integers, from: group, count: groupLength) { channel, byte in
                (byte == 1 ? 0 : groupLength) + placeInTiles(channel)
            } pairs: { channel, byte in
                2 * placeInPairs(channel) + byte
            }
        }
    }

    /// A panel of `width` outputs that begins there.
    func rearrangePanel(_ integers: inout [Int16], from first: Int, width: Int, length: Int) {
        for group in stride(from: first, to: first + width * length, by: width * groupLength) {
            rearrange(&integers, from: group, count: width * groupLength) { index, byte in
                let (output, channel) = index.quotientAndRemainder(dividingBy: groupLength)
                let tile = output / 16 * 2048 + (byte == 1 ? 0 : 1024)
                let place = placeInTiles(channel)
                return tile + place / 4 * 64 + output % 16 * 4 + place % 4
            } pairs: { index, byte in
                let (output, channel) = index.quotientAndRemainder(dividingBy: groupLength)
                let place = placeInPairs(channel)
                return (place / 2 * width + output) * 4 + place % 2 * 2 + byte
            }
        }
    }

    /// Whole panels of 64 outputs and the last, narrower one.
    func rearrangePanels(_ integers: inout [Int16], paddedOutputs: Int, length: Int) {
        for first in stride(from: 0, to: paddedOutputs, by: 64) {
            rearrangePanel(&integers, from: first * length, width: min(64, paddedOutputs - first), length: length)
        }
    }

    private func rearrange(
        _ integers: inout [Int16], from first: Int, count: Int, tiles: (Int, Int) -> Int, pairs: (Int, Int) -> Int
    ) {
        let bytes = integers[first..<first + count].flatMap {
            [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)]
        }
        var moved = bytes
        for index in 0..<count {
            for byte in 0..<2 {
                let (tile, pair) = (tiles(index, byte), pairs(index, byte))
                if makesTiles { moved[tile] = bytes[pair] } else { moved[pair] = bytes[tile] }
            }
        }
        for index in 0..<count {
            integers[first + index] = Int16(bitPattern: UInt16(moved[2 * index]) | UInt16(moved[2 * index + 1]) << 8)
        }
    }
}
