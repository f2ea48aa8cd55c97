/// Whether the autoencoder decodes a picture in tiles: less memory, and a picture that is not quite the same.
public enum TilingChoice: String, Sendable, Hashable, Codable, CaseIterable {
    /// By the picture's size alone, so that equal requests give equal pictures: in tiles from `autoPixelCount` on.
    case auto
    /// In tiles, whatever the size.
    case on
    /// Whole, whatever the size.
    case off

    /// Pixels from which on `auto` decodes in tiles: those of 1024×1024.
    public static let autoPixelCount = 1024 * 1024

    /// The choice for one picture.
    /// - Parameter memoryLimit: bytes that the process may take, where the caller was given a limit: the size from which on
    ///   `auto` tiles goes down with it. What happens to be free at the time never counts.
    func isOn(width: Int, height: Int, memoryLimit: Int? = nil) -> Bool {
        switch self {
        case .on: return true
        case .off: return false
        case .auto:
            let room = memoryLimit.map { $0 / Self.wholeBytesPerPixel } ?? Self.autoPixelCount
            return width * height >= min(Self.autoPixelCount, room)
        }
    }

    /// What Stable Diffusion's decoder takes of memory for each pixel of a picture decoded whole.
    private static let wholeBytesPerPixel = 5000
}
