extension JobRender {
    /// A picture that a render takes in.
    public enum Input: Sendable, Hashable {
        case file(String)
        /// The bytes of a PNG or JPEG file that the job itself holds.
        case bytes([UInt8])
        /// The picture that another render of the plan makes.
        case render(Int)
    }

    /// What the render's picture depends on, as 64 hexadecimal digits: SHA-256 over its parameters in a fixed order, the
    /// model's content and that of the pictures it takes in. File names and the order of jobs do not count.
    /// - Parameters:
    ///   - modelDigest: of the model's content.
    ///   - inputDigest: of the content of a picture; for another render its own key.
    /// - Throws: what `inputDigest` throws.
    public func contentKey(
        modelDigest: String, inputDigest: (Input) throws -> String
    ) rethrows -> String { "" }
}
