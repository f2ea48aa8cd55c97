import CDiffusionKernels

private func widenCase(_ name: String, _ halves: [UInt16], _ function: @escaping @Sendable (Kernels) -> Widening)
    -> KernelCase
{
    .exact("\(name)(\(halves.count))") { kernels, arena in
        let target = arena.hold(repeating: UInt32(7), count: halves.count)
        let source = arena.hold(halves)
        target.pointer.withMemoryRebound(to: Float.self, capacity: halves.count) {
            function(kernels)($0, source.pointer, halves.count)
        }
        return collectBits(target)
    }
}

typealias Widening = (UnsafeMutablePointer<Float>, UnsafePointer<UInt16>, Int) -> Void

private func narrowCase(_ bits: [UInt32]) -> KernelCase {
    .exact("narrow_f16(\(bits.count))") { kernels, arena in
        let target = arena.hold(repeating: UInt16(7), count: bits.count)
        let source = arena.hold(bits.map(Float.init(bitPattern:)))
        kernels.pointee.narrow_f16(target.pointer, source.pointer, bits.count)
        return collectBits(target)
    }
}

private let allHalves = (0...UInt16.max).map { $0 }

/// Singles around every half and the middle between two, where rounding decides, and seeded bits.
private let decisiveSingles: [UInt32] = {
    var generator = SeededGenerator(20)
    let seeded = (0..<100_000).map { _ in UInt32.random(in: 0...UInt32.max, using: &generator) }
    let grid = stride(from: UInt32(0x3280_0000), to: 0x4790_0000, by: 0x1000)
    return grid.flatMap { [$0 - 1, $0, $0 + 1, $0 | 0x8000_0000] } + seeded
}()

private let halfCases =
    [
        widenCase("widen_f16", allHalves) { $0.pointee.widen_f16 },
        widenCase("widen_bf16", allHalves) { $0.pointee.widen_bf16 },
        narrowCase(decisiveSingles),
    ]
    + awkwardCounts.flatMap { count in
        [
            widenCase("widen_f16", Array(allHalves.dropFirst(0x3bf0).prefix(count))) { $0.pointee.widen_f16 },
            widenCase("widen_bf16", Array(allHalves.dropFirst(0x3f70).prefix(count))) { $0.pointee.widen_bf16 },
            narrowCase(Array(decisiveSingles.prefix(count))),
        ]
    }

private func nonFiniteCase(count: Int, at index: Int?, _ value: Float) -> KernelCase {
    var input = awkwardValues(count, seed: 21, .finite)
    if let index { input[index] = value }
    let values = input
    return .exact("find_non_finite(\(count), \(value) at \(index.map(String.init) ?? "none"))") { kernels, arena in
        [Double(kernels.pointee.find_non_finite(arena.hold(values).pointer, count))]
    }
}

private let nonFiniteCases = awkwardCounts.flatMap { count in
    let places = Set([0, count / 2, count - 1]).filter { (0..<count).contains($0) }.sorted()
    return [nonFiniteCase(count: count, at: nil, 0)]
        + places.flatMap { place in
            [Float.nan, .infinity, -.infinity].map { nonFiniteCase(count: count, at: place, $0) }
        }
}

private func transposeCases(channels: Int, pixels: Int) -> [KernelCase] {
    let input = awkwardValues(channels * pixels, seed: 22, .hostile)
    let shape = "(\(channels) x \(pixels))"
    return [
        .exact("transpose_nchw_to_nhwc\(shape)") { kernels, arena in
            let target = arena.hold(repeating: Float(7), count: channels * pixels)
            kernels.pointee.transpose_nchw_to_nhwc(target.pointer, arena.hold(input).pointer, channels, pixels)
            return collect(target)
        },
        .exact("transpose_nhwc_to_nchw\(shape)") { kernels, arena in
            let target = arena.hold(repeating: Float(7), count: channels * pixels)
            kernels.pointee.transpose_nhwc_to_nchw(target.pointer, arena.hold(input).pointer, channels, pixels)
            return collect(target)
        },
    ]
}

private func bytesCase(count: Int) -> KernelCase {
    let input = awkwardValues(count, seed: 23, scale: 0.7, .hostile)
    // Every other value is an edge between two bytes, where the rounding decides.
    let values = input.indices.map { index -> Float in
        let edge: Float = (Float(index % 256) + 0.5) / 255
        return index % 2 == 0 ? input[index] : edge * 2 - 1
    }
    return .exact("rgb_to_bytes(\(count))") { kernels, arena in
        let target = arena.hold(repeating: UInt8(7), count: count)
        kernels.pointee.rgb_to_bytes(target.pointer, arena.hold(values).pointer, count)
        return collectBits(target)
    }
}

let formatCases =
    halfCases + nonFiniteCases + awkwardCounts.map { bytesCase(count: $0) }
    + [0, 1, 3, 4, 15, 16, 17, 40].flatMap { channels in
        [0, 1, 15, 16, 17, 65].flatMap { transposeCases(channels: channels, pixels: $0) }
    }
