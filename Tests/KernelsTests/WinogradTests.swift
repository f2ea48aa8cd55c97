import CDiffusionKernels
import Testing

private typealias WinogradKernels = UnsafePointer<dk_winograd_kernels>

extension KernelPath {
    fileprivate func winogradTable() throws -> WinogradKernels { try #require(dk_winograd_kernels_for(path)) }
}

private let positions = Int(dk_winograd_positions)

/// A channels-last picture with seeded values.
private struct Picture {
    let layout: dk_picture
    let values: [Float]

    init(height: Int, width: Int, channels: Int, seed: UInt64) {
        let pixelStride = channels + 2, rowStride = width * pixelStride + 5
        layout = dk_picture(
            height: height, width: width, channel_count: channels, row_stride: rowStride, pixel_stride: pixelStride)
        values = awkwardValues((height - 1) * rowStride + (width - 1) * pixelStride + channels, seed: seed)
    }

    func value(_ y: Int, _ x: Int, _ channel: Int) -> Double {
        guard (0..<layout.height).contains(y), (0..<layout.width).contains(x) else { return 0 }
        return Double(values[y * layout.row_stride + x * layout.pixel_stride + channel])
    }
}

/// What a transform gives on a path, with everything behind guard pages.
private func transformedInput(_ kernels: WinogradKernels, _ picture: Picture, y: Int, x: Int) -> [Float] {
    let arena = Arena(), stride = picture.layout.channel_count + 1
    let out = arena.hold(repeating: Float(-7), count: (positions - 1) * stride + picture.layout.channel_count)
    let source = arena.hold(picture.values)
    kernels.pointee.transform_input(out.pointer, stride, source.pointer, picture.layout, y, x)
    #expect(out.frontIsIntact)
    return withExtendedLifetime(arena) { out.elements }
}

private func transformedWeights(_ kernels: WinogradKernels, _ weights: [Float]) -> [Float] {
    let arena = Arena(), channels = weights.count / 9, stride = channels + 1
    let out = arena.hold(repeating: Float(-7), count: (positions - 1) * stride + channels)
    let source = arena.hold(weights)
    kernels.pointee.transform_weights(out.pointer, stride, source.pointer, channels)
    #expect(out.frontIsIntact)
    return withExtendedLifetime(arena) { out.elements }
}

private func transformedOutput(
    _ kernels: WinogradKernels, _ products: [Float], into picture: Picture, y: Int, x: Int, bias: [Float]?,
    addsPicture: Bool
) -> [Float] {
    let arena = Arena(), stride = picture.layout.channel_count + 1
    let out = arena.hold(picture.values), source = arena.hold(products), bias = bias.map { arena.hold($0) }
    kernels.pointee.transform_output(
        out.pointer, picture.layout, y, x, source.pointer, stride, bias.map { UnsafePointer($0.pointer) },
        addsPicture ? UnsafePointer(out.pointer) : nil)
    #expect(out.frontIsIntact)
    return withExtendedLifetime(arena) { out.elements }
}

/// The largest magnitude times the largest sum of a transform's coefficients (100 for Bᵀ d B, 136 for Aᵀ m A).
private func bound(_ values: [Float], gain: Double, _ more: Double = 0) -> Double {
    16 * eps * (gain * Double(values.map(abs).max() ?? 0) + more)
}

private func expectClose(_ found: [Float], _ expected: [Float], within bound: Double) {
    #expect(found.count == expected.count)
    let worst = zip(found, expected).map { abs(Double($0) - Double($1)) }.max() ?? 0
    #expect(worst <= bound)
}

@Suite("Winograd transforms") struct WinogradTests {
    private let channelCounts = [1, 15, 16, 17, 33]

    @Test("weights", arguments: KernelPath.available)
    func weightsAgree(path: KernelPath) throws {
        for channels in channelCounts {
            let weights = awkwardValues(9 * channels, seed: 60)
            let found = transformedWeights(try path.winogradTable(), weights)
            expectClose(
                found, transformedWeights(dk_winograd_reference_table(), weights), within: bound(weights, gain: 4))
            #expect(found == transformedWeights(try KernelPath.portable.winogradTable(), weights))
        }
    }

    @Test("input tiles, also across every edge", arguments: KernelPath.available)
    func inputsAgree(path: KernelPath) throws {
        for channels in channelCounts {
            let picture = Picture(height: 9, width: 7, channels: channels, seed: 61)
            for (y, x) in [(-1, -1), (3, 3), (2, -5), (7, 5), (-6, 0), (0, 1)] {
                let found = transformedInput(try path.winogradTable(), picture, y: y, x: x)
                let expected = transformedInput(dk_winograd_reference_table(), picture, y: y, x: x)
                expectClose(found, expected, within: bound(picture.values, gain: 100))
                #expect(found == transformedInput(try KernelPath.portable.winogradTable(), picture, y: y, x: x))
            }
        }
    }

    @Test("output tiles, cut at the edges, with bias and residual", arguments: KernelPath.available)
    func outputsAgree(path: KernelPath) throws {
        for channels in channelCounts {
            let picture = Picture(height: 9, width: 7, channels: channels, seed: 62)
            let products = awkwardValues((positions - 1) * (channels + 1) + channels, seed: 63)
            let bias = awkwardValues(channels, seed: 64)
            for (y, x, adds) in [(0, 0, false), (4, 0, true), (8, 4, true), (8, 6, false)] {
                let run = { (kernels: WinogradKernels) in
                    transformedOutput(
                        kernels, products, into: picture, y: y, x: x, bias: adds ? bias : nil, addsPicture: adds)
                }
                let found = run(try path.winogradTable())
                expectClose(found, run(dk_winograd_reference_table()), within: bound(products, gain: 136, 20))
                #expect(found == run(try KernelPath.portable.winogradTable()))
            }
        }
    }

    @Test("together they are a 3 x 3 convolution", arguments: KernelPath.available, [1, 3, 4, 5, 8, 10])
    func transformsConvolve(path: KernelPath, side: Int) throws {
        let channels = 19, picture = Picture(height: side, width: side + 1, channels: channels, seed: 65)
        let weights = awkwardValues(9 * channels, seed: 66)
        let found = try convolved(path, picture, weights)
        let exact = (0..<side).flatMap { y in (0...side).map { x in convolution(picture, weights, y, x) } }
        let error = zip(found, exact).reduce(0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) }
        let energy = exact.reduce(0) { $0 + $1 * $1 }
        #expect((error / energy).squareRoot() <= 3e-6)
    }

    private func convolution(_ picture: Picture, _ weights: [Float], _ y: Int, _ x: Int) -> Double {
        var sum = 0.0
        for channel in 0..<picture.layout.channel_count {
            for tap in 0..<9 {
                let pixel = picture.value(y + tap / 3 - 1, x + tap % 3 - 1, channel)
                sum += Double(weights[channel * 9 + tap]) * pixel
            }
        }
        return sum
    }

    /// One output channel by transforms and 36 inner products in double, tile by tile.
    private func convolved(_ path: KernelPath, _ picture: Picture, _ weights: [Float]) throws -> [Float] {
        let kernels = try path.winogradTable(), channels = picture.layout.channel_count
        let transformed = transformedWeights(kernels, weights)
        let layout = dk_picture(
            height: picture.layout.height, width: picture.layout.width, channel_count: 1,
            row_stride: picture.layout.width, pixel_stride: 1)
        var out = [Float](repeating: .nan, count: layout.height * layout.width)
        for y in stride(from: 0, to: layout.height, by: 4) {
            for x in stride(from: 0, to: layout.width, by: 4) {
                let tile = transformedInput(kernels, picture, y: y - 1, x: x - 1)
                let products = (0..<positions).map { position in
                    (0..<channels).reduce(0.0) { sum, channel in
                        let at = position * (channels + 1) + channel
                        return sum + Double(tile[at]) * Double(transformed[at])
                    }
                }
                kernels.pointee.transform_output(&out, layout, y, x, products.map(Float.init), 1, nil, nil)
            }
        }
        return out
    }
}
