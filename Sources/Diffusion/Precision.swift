import DiffusionEngine

/// The arithmetic of the matrix products and convolutions, which do nearly all of the work.
///
/// Each gives the same bytes for any number of threads and images at once; the pictures of two differ a little.
public enum Precision: String, Sendable, Codable, CaseIterable {
    /// The fastest that loses nothing to be seen: `fixed16` on x86-64 with AVX2 or better, else `f32`.
    case auto
    /// 32-bit floats by OpenBLAS, as exact as diffusers in f32.
    case f32
    /// 16-bit fixed point with exact integer sums, which every processor computes alike: a sixth of the error that
    /// diffusers has in bfloat16, less memory than `f32`. The text encoder stays in Float32, on OpenBLAS.
    case fixed16

    /// What it is on this processor; never `auto`.
    public var resolved: Precision {
        guard self == .auto else { return self }
        switch ProductArithmetic.preferred {
        case .float32: return .f32
        case .fixed16: return .fixed16
        }
    }

    /// What the layers of the denoiser and the autoencoder are loaded under.
    var arithmetic: ProductArithmetic { resolved == .fixed16 ? .fixed16 : .float32 }
}
