import CDiffusionKernels

private let channelShapes = [0, 1, 15, 16, 17, 33, 48, 100].flatMap { channels in
    [0, 1, 7, 8, 9, 16, 100].flatMap { pixels in
        [0, 5].map { RowShape(rowCount: pixels, count: channels, stride: channels + $0) }
    }
}

/// Σ over pixels of a value per channel, in double.
private func columnSums(_ values: [Float], _ shape: RowShape, _ term: (Double, Int) -> Double) -> [Double] {
    (0..<shape.count).map { channel in
        (0..<shape.rowCount).reduce(0) { $0 + term(Double(values[$1 * shape.stride + channel]), channel) }
    }
}

private func sumsCase(_ shape: RowShape, _ kind: Awkwardness) -> KernelCase {
    let input = awkwardValues(shape.elementCount, seed: 11, kind)
    let magnitudes = columnSums(input, shape) { value, _ in abs(value) }
    return KernelCase(name: "channel_sums(\(shape), \(kind))") { kernels, arena in
        let sums = arena.hold(repeating: 7.0, count: shape.count)
        let source = arena.hold(input)
        kernels.pointee.channel_sums(source.pointer, shape.rowCount, shape.stride, shape.count, sums.pointer)
        return collect(sums)
    } tolerance: { index, _ in
        8 * eps * magnitudes[index]
    }
}

private func deviationsCase(_ shape: RowShape, _ kind: Awkwardness) -> KernelCase {
    let input = awkwardValues(shape.elementCount, seed: 12, kind)
    let means = awkwardValues(shape.count, seed: 13)
    return KernelCase(name: "channel_square_deviations(\(shape), \(kind))") { kernels, arena in
        let sums = arena.hold(repeating: 7.0, count: shape.count)
        let source = arena.hold(input), means = arena.hold(means)
        kernels.pointee.channel_square_deviations(
            source.pointer, shape.rowCount, shape.stride, shape.count, means.pointer, sums.pointer)
        return collect(sums)
    } tolerance: { _, y in
        12 * eps * y
    }
}

private func scaleShiftCase(
    _ shape: RowShape, _ kind: Awkwardness, centers: Bool, applySiLU: Bool
) -> KernelCase {
    // The reference does not overflow in its product where single precision would.
    let input = awkwardValues(shape.elementCount, seed: 14, kind).map { $0.isFinite ? max($0, -1e30) : $0 }
    let scale = awkwardValues(shape.count, seed: 15, scale: 1), shift = awkwardValues(shape.count, seed: 16, scale: 1)
    let center = centers ? awkwardValues(shape.count, seed: 17, scale: 1) : Array(repeating: 0, count: shape.count)
    let outStride = shape.count + 3
    let outShape = RowShape(rowCount: shape.rowCount, count: shape.count, stride: outStride)
    let name = "scale_shift_channels(\(shape), \(kind), centred \(centers), SiLU \(applySiLU))"
    return KernelCase(name: name) { kernels, arena -> [Double] in
        let source = arena.hold(input), scale = arena.hold(scale), shift = arena.hold(shift)
        let held = centers ? arena.hold(center) : nil
        let target = arena.hold(repeating: Float(7), count: outShape.elementCount)
        kernels.pointee.scale_shift_channels(
            target.pointer, source.pointer, shape.rowCount, outStride, shape.stride, shape.count, held?.pointer,
            scale.pointer, shift.pointer, applySiLU ? 1 : 0)
        return collect(target)
    } tolerance: { index, y in
        let (pixel, channel) = (index / outStride, index % outStride)
        guard channel < shape.count else { return 0 }
        let deviation = Double(input[pixel * shape.stride + channel]) - Double(center[channel])
        let product = deviation * Double(scale[channel])
        let largest: Double = abs(product) + Double(abs(shift[channel]))
        let rounding: Double = 4 * largest + 8 * abs(y)
        return eps * rounding + 1e-36
    }
}

private func cases(_ shape: RowShape, _ kind: Awkwardness) -> [KernelCase] {
    [
        sumsCase(shape, kind == .hostile ? .finite : kind), deviationsCase(shape, kind == .hostile ? .none : kind),
        scaleShiftCase(shape, kind, centers: false, applySiLU: false),
        scaleShiftCase(shape, kind, centers: true, applySiLU: false),
        scaleShiftCase(shape, kind, centers: true, applySiLU: true),
    ]
}

let channelCases = channelShapes.flatMap { shape in
    [Awkwardness.none, .finite, .hostile].flatMap { cases(shape, $0) }
}
