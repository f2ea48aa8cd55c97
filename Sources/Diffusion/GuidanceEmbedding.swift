import DiffusionTensors
import Foundation

extension Guidance {
    /// The scale as sines and cosines, for U-Nets that take it as an input (`time_cond_proj_dim`) instead of a second row.
    ///
    /// Matches diffusers' `get_guidance_scale_embedding(guidance_scale − 1)`.
    /// - Returns: `[1, width]`; an odd width ends in a zero.
    func embedding(width: Int) -> Tensor {
        let half = width / 2
        let step = log(Float(10_000)) / Float(half - 1)
        let angles = (0..<half).map { 1000 * (scale - 1) * exp(Float($0) * -step) }
        let values = angles.map { sin($0) } + angles.map { cos($0) }
        return Tensor(shape: [1, width], scalars: values + Array(repeating: 0, count: width - values.count))
    }
}
