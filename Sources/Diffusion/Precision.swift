import DiffusionEngine

/// The arithmetic of the matrix products and convolutions, which do nearly all of the work.
///
/// Each gives the same bytes for any number of threads and images at once; the pictures of two differ a little.
public enum Precision: String, Sendable, Codable, CaseIterable {
    /// The fastest that loses nothing to be seen: `fixed16` on x86-64 with AVX2 or better, else `f32`.
    case auto
    /// 32-bit floats by OpenBLAS, as exact as diffusers in f32.
    case f32
    /// 16-bit fixed point with exact integer sums, which every processor computes alike: a quarter of the error that
    /// diffusers has in bfloat16, less memory than `f32`. The text encoder stays in Float32, on OpenBLAS.
    case fixed16
    /// `fixed16` with the denoiser's linear layers, 1×1 convolutions and directly computed larger ones in 8-bit integers,
    /// which have a scale for each 320 numbers. Attention, Winograd's transforms and the autoencoder stay in 16 bits. A call
    /// of Stable Diffusion 1.5 takes 0.7 to 0.9 of the time at six times the error, a little more than diffusers' in bfloat16.
    case draft

    /// What it is on this processor; never `auto`.
    public var resolved: Precision {
        guard self == .auto else { return self }
        switch ProductArithmetic.preferred {
        case .float32: return .f32
        case .fixed16, .int8: return .fixed16
        }
    }

    /// What the denoiser's layers are loaded under; the autoencoder's are under what is `delicate` in it.
    var arithmetic: ProductArithmetic {
        switch resolved {
        case .fixed16: .fixed16
        case .draft: .int8
        case .auto, .f32: .float32
        }
    }
}
