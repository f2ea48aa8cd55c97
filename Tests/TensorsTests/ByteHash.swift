import DiffusionTensors

/// FNV-1a, 64 bits, over little-endian Float32: enough to tell whether two series of numbers are equal to the bit.
func byteHash(_ tensors: [Tensor]) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for scalar in tensors.flatMap(\.scalars) {
        for shift in stride(from: UInt32(0), to: 32, by: 8) {
            hash = (hash ^ UInt64(scalar.bitPattern >> shift & 0xFF)) &* 0x100_0000_01B3
        }
    }
    return hash
}
