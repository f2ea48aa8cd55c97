/// What the U-Net was trained to predict.
public enum PredictionType: String, Sendable, CaseIterable {
    /// The noise ε in the latents.
    case epsilon
    /// The velocity v = √ᾱ·ε − √(1 − ᾱ)·x₀ (Salimans & Ho, arXiv 2202.00512).
    case vPrediction = "v_prediction"
    /// The noise-free latents x₀.
    case sample
}
