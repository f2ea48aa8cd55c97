import Foundation

/// `torch.randn` on a CPU generator, bit for bit.
///
/// The same as `torch.Generator("cpu").manual_seed(seed)` of PyTorch 1.x to 2.15 on an x86-64 processor with AVX2, over
/// any series of draws. Draws of 16 numbers and more turn uniform numbers into normal ones eight pairs at a time; smaller
/// ones go through Float64, one pair at a time, and keep the second of a pair for the next small draw.
public struct TorchNoiseGenerator: NoiseGenerator {
    private static let blockSize = 16
    private var engine: MersenneTwister
    private var spare: Double?

    /// Of the seed PyTorch's engine uses the low 32 bits.
    public init(seed: UInt64) { engine = MersenneTwister(seed: seed) }

    /// As `torch.randn(shape)` draws them on the CPU, bit for bit.
    public mutating func normal(_ shape: Shape) -> Tensor {
        Tensor(shape: shape) { target in
            if target.count < Self.blockSize { fillSmall(target) } else { fillBlocks(target) }
        }
    }

    private mutating func fillSmall(_ target: UnsafeMutableBufferPointer<Float>) {
        for index in target.indices { target[index] = Float(nextDouble()) }
    }

    /// Box–Muller in Float64.
    private mutating func nextDouble() -> Double {
        if let kept = spare {
            spare = nil
            return kept
        }
        let (turn, height) = (engine.uniformDouble(), engine.uniformDouble())
        let radius = (-2 * log1p(-height)).squareRoot()
        let angle = 2 * Double.pi * turn
        spare = radius * sin(angle)
        return radius * cos(angle)
    }

    private mutating func fillBlocks(_ target: UnsafeMutableBufferPointer<Float>) {
        for index in target.indices { target[index] = engine.uniformFloat() }
        for start in stride(from: 0, through: target.count - Self.blockSize, by: Self.blockSize) {
            Self.transform(target, from: start)
        }
        guard target.count % Self.blockSize != 0 else { return }
        // The last 16 are drawn anew, over some that are done.
        let start = target.count - Self.blockSize
        for index in start..<target.count { target[index] = engine.uniformFloat() }
        Self.transform(target, from: start)
    }

    /// Box–Muller over one block: element k pairs with k + 8.
    private static func transform(_ target: UnsafeMutableBufferPointer<Float>, from start: Int) {
        let half = blockSize / 2
        let fullTurn = Float(2 * Double.pi)  // `Float.pi` is rounded down.
        for first in start..<start + half {
            let radius = (-2 * CephesMath.log(1 - target[first])).squareRoot()
            let (sin, cos) = CephesMath.sinCos(fullTurn * target[first + half])
            // PyTorch adds the mean, 0, which makes −0 a 0.
            target[first] = radius * cos + 0
            target[first + half] = radius * sin + 0
        }
    }
}
