/// A source of standard normal numbers that a seed determines.
public protocol NoiseGenerator: Sendable {
    /// The next `shape.elementCount` normal numbers, as one call of `torch.randn(shape)` would draw them.
    ///
    /// One draw of 32 numbers is not two of 16: PyTorch pairs numbers within a call.
    mutating func normal(_ shape: Shape) -> Tensor
}
