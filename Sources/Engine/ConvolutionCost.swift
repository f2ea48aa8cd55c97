/// How a convolution can be computed.
package enum ConvolutionMethod: String, Sendable, CaseIterable {
    /// One product of the pixels, for 1×1 kernels.
    case pointwise
    /// Products of gathered pixels.
    case direct
    /// Winograd's F(4×4, 3×3).
    case winograd
    /// The same with weights of the size of direct ones, transformed in every run.
    case frugalWinograd = "frugal winograd"

    /// Whether it multiplies transforms.
    var isWinograd: Bool { self == .winograd || self == .frugalWinograd }

    /// The methods that can compute a problem.
    static func covering(_ descriptor: Convolution2DDescriptor) -> [ConvolutionMethod] {
        if descriptor.isPointwise { return [.pointwise] }
        return WinogradPlan.covers(descriptor) ? [.direct, .winograd, .frugalWinograd] : [.direct]
    }
}

/// What a network's feature maps are expected to look like at some place of it, so that plans can be chosen before there
/// are any. Feature maps of other sizes are computed with the same plans.
package struct ExpectedFeatureMap: Sendable, Equatable {
    package var imageCount: Int
    package var height: Int
    package var width: Int

    package init(imageCount: Int, height: Int, width: Int) {
        (self.imageCount, self.height, self.width) = (imageCount, height, width)
    }

    /// The same at a level whose sides are 2⁻ˡ times as long; negative levels are larger.
    package func atLevel(_ level: Int) -> ExpectedFeatureMap {
        func scaled(_ side: Int) -> Int {
            level < 0 ? side << -level : max(1, (side + (1 << level) - 1) >> level)
        }
        return ExpectedFeatureMap(imageCount: imageCount, height: scaled(height), width: scaled(width))
    }
}

/// A model of the time that one core takes for a convolution. The constants are of one machine (Zen 4, 3.7 GHz, AVX-512);
/// only ratios of its results are used, and these travel.
package struct ConvolutionCost {
    private let descriptor: Convolution2DDescriptor
    private let arithmetic: ProductArithmetic
    private let map: ExpectedFeatureMap

    init(_ descriptor: Convolution2DDescriptor, _ arithmetic: ProductArithmetic, on map: ExpectedFeatureMap) {
        (self.descriptor, self.arithmetic, self.map) = (descriptor, arithmetic, map)
    }

    /// Bytes of the packed weights.
    package static func byteCount(
        _ descriptor: Convolution2DDescriptor, _ method: ConvolutionMethod, _ arithmetic: ProductArithmetic
    ) -> Int {
        let (inputs, outputs) = (descriptor.inputChannelsPerGroup, descriptor.outputChannels)
        if method.isWinograd, arithmetic.delicate == .fixed16 {
            let layout = WinogradPanelLayout(inputCount: inputs, outputCount: outputs)
            return layout.panels.count
                * (method == .winograd ? layout.expandedByteCount : layout.compressedByteCount)
        }
        let taps = method == .winograd ? Winograd.positionCount : descriptor.kernelPositions
        return taps * inputs * outputs * arithmetic.bytesPerWeight
    }

    func seconds(_ method: ConvolutionMethod) -> Double {
        switch method {
        case .pointwise, .direct: directSeconds
        case .winograd: winogradSeconds + Double(Self.byteCount(descriptor, .winograd, arithmetic)) / 40e9
        case .frugalWinograd: winogradSeconds + expandingSeconds
        }
    }

    private var output: (height: Int, width: Int) { descriptor.outputSize(height: map.height, width: map.width) }
    private var inputs: Double { Double(descriptor.inputChannels) }
    private var outputs: Double { Double(descriptor.outputChannels) }
    /// Outputs come in whole vectors of 16.
    private var paddedOutputs: Double { (outputs / 16).rounded(.up) * 16 }

    /// Multiplications and additions a second of a product with that many rows.
    private func rate(_ arithmetic: ProductArithmetic, rows: Double) -> Double {
        switch arithmetic {
        // OpenBLAS packs the weights anew in every call, which few rows have to pay for.
        case .float32: 95e9 * rows / (rows + 14)
        case .fixed16: 200e9
        case .int8: 370e9
        }
    }

    private var directSeconds: Double {
        let pixels = Double(output.height * output.width)
        let columns = Double(descriptor.inputChannelsPerGroup * descriptor.kernelPositions)
        let product = 2 * pixels * columns * paddedOutputs / rate(arithmetic, rows: min(256, pixels))
        let gathering = descriptor.kernelPositions == 1 ? 0 : pixels * columns * 0.3e-9
        return Double(map.imageCount) * (product + gathering)
    }

    private var winogradSeconds: Double {
        let tiling = WinogradTiling(height: output.height, width: output.width)
        let (tiles, positions) = (Double(map.imageCount * tiling.tileCount), Double(Winograd.positionCount))
        // The fixed-point product takes six rows at a time.
        let rows = arithmetic.delicate == .fixed16 ? (tiles / 6).rounded(.up) * 6 : tiles
        let rate = rate(arithmetic.delicate, rows: min(96, Double(tiling.tileCount)))
        let product = 2 * positions * rows * inputs * paddedOutputs / rate
        let transforms = tiles * (inputs * 20e-9 + outputs * 10e-9)
        return product + transforms
    }

    /// Making the weights of the 36 products: once for all tiles of small pictures, which are then read again for every 64
    /// outputs; for every block of large ones. A kernel takes 5 ns on that machine: the constant leans towards processors with
    /// AMX, whose direct products are twice as fast, for all have to choose the same.
    private var expandingSeconds: Double {
        let tiling = WinogradTiling(height: output.height, width: output.width)
        let kernels = inputs * paddedOutputs
        guard tiling.isSmall else { return Double(map.imageCount * tiling.blockCount) * kernels * 10e-9 }
        let tileBytes = Double(map.imageCount * tiling.tileCount * Winograd.positionCount) * inputs * 2
        return kernels * 7e-9 + tileBytes * (outputs / 64).rounded(.up) / 20e9
    }
}
