/// MT19937 (Matsumoto & Nishimura 1998), seeded as PyTorch's CPU generator seeds it: with the low 32 bits.
struct MersenneTwister: Sendable {
    private static let size = 624
    private static let shift = 397
    private var state: [UInt32]
    private var position = MersenneTwister.size

    init(seed: UInt64) {
        state = [UInt32(truncatingIfNeeded: seed)]
        state.reserveCapacity(Self.size)
        for index in 1..<Self.size {
            let last = state[index - 1]
            state.append(1_812_433_253 &* (last ^ (last >> 30)) &+ UInt32(index))
        }
    }

    /// 32 random bits.
    mutating func next() -> UInt32 {
        if position == Self.size { refill() }
        defer { position += 1 }
        return Self.tempered(state[position])
    }

    /// 24 random bits as a number from 0 up to 1, PyTorch's uniform Float32.
    mutating func uniformFloat() -> Float { Float(next() & 0xFF_FFFF) * 0x1p-24 }

    /// 53 random bits as a number from 0 up to 1, PyTorch's uniform Float64.
    mutating func uniformDouble() -> Double {
        let (high, low) = (UInt64(next()), UInt64(next()))
        return Double((high << 32 | low) & (1 << 53 - 1)) * 0x1p-53
    }

    private mutating func refill() {
        state.withUnsafeMutableBufferPointer { state in
            for index in 0..<Self.size {
                let upper = state[index] & 0x8000_0000
                let lower = state[index == Self.size - 1 ? 0 : index + 1] & 0x7FFF_FFFF
                let mixed = upper | lower
                let distant = index < Self.size - Self.shift ? index + Self.shift : index + Self.shift - Self.size
                state[index] = state[distant] ^ (mixed >> 1) ^ (mixed & 1 == 0 ? 0 : 0x9908_B0DF)
            }
        }
        position = 0
    }

    private static func tempered(_ word: UInt32) -> UInt32 {
        var bits = word
        bits ^= bits >> 11
        bits ^= (bits << 7) & 0x9D2C_5680
        bits ^= (bits << 15) & 0xEFC6_0000
        return bits ^ (bits >> 18)
    }
}
