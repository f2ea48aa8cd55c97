import CDiffusionKernels
import DiffusionTensors

extension ProductArithmetic {
    /// Packed weights that a core's own cache keeps beside rows and results, in bytes.
    static let nearWeightBytes = 1 << 20

    /// Bytes of a packed weight matrix `[outputs, inputs]`, scales and padding counted.
    func packedByteCount(outputs: Int, inputs: Int) -> Int {
        switch self {
        case .float32: return 4 * outputs * inputs
        case .fixed16:
            let padded = dk_fixed_padded_outputs(outputs)
            let blocks = FixedMatrix.blocks(of: inputs).count
            return padded * (2 * dk_fixed_row_length(inputs) + 4 * blocks)
        case .int8:
            let blocks = dk_fixed_block_count(inputs, Int8Matrix.blockLength)
            return dk_fixed_padded_outputs(outputs) * (dk_int8_padded_channels(inputs) + 8 * blocks)
        }
    }

    /// Of a convolution's weights. While they are packed there are a panel of outputs as floats and, beside it, the same
    /// reordered or transformed.
    func packedSize(_ descriptor: Convolution2DDescriptor, _ method: ConvolutionMethod) -> WeightSize {
        let (outputs, inputs) = (descriptor.outputChannelsPerGroup, descriptor.inputChannelsPerGroup)
        let taps = descriptor.kernelPositions
        let panel = 4 * inputs * min(outputs, Int(dk_fixed_panel_width))
        if method.isWinograd {
            return WeightSize(
                byteCount: ConvolutionCost.byteCount(descriptor, method, self) + outputs + (1 << 12),
                scratchByteCount: 2 * panel * taps)
        }
        return WeightSize(
            byteCount: descriptor.groups * packedByteCount(outputs: outputs, inputs: inputs * taps),
            scratchByteCount: 2 * panel * taps)
    }
}

extension WeightScope {
    /// Tells the scope's group what a packed matrix takes of memory.
    func noteMatrix(_ name: String, outputs: Int, inputs: Int) {
        let arithmetic = arithmetic
        group?.setSize(of: fullName(name)) {
            WeightSize(
                byteCount: arithmetic.packedByteCount(outputs: outputs, inputs: inputs),
                scratchByteCount: 4 * inputs * min(outputs, Int(dk_fixed_panel_width)))
        }
    }
}
