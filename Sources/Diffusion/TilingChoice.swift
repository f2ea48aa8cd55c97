/// Whether the autoencoder decodes a picture in tiles: less memory, and a picture that is not quite the same.
public enum TilingChoice: String, Sendable, Hashable, Codable, CaseIterable {
    /// By the picture's size, so that equal requests give equal pictures: in tiles from `autoPixelCount` on, and where the
    /// whole picture would not fit into a limit of memory.
    case auto
    /// In tiles, unless the whole picture takes no more memory than one.
    case on
    /// As a whole, whatever memory that takes.
    case off

    /// Pixels from which on `auto` decodes in tiles: those of 1024×1024.
    public static let autoPixelCount = 1024 * 1024

    /// The choice for one picture.
    /// - Parameter fitsWhole: whether decoding it whole has room in the memory that the process may take, where it was given
    ///   a limit. What happens to be free at the time never counts.
    func isOn(width: Int, height: Int, fitsWhole: Bool = true) -> Bool {
        switch self {
        case .on: return true
        case .off: return false
        case .auto: return width * height >= Self.autoPixelCount || !fitsWhole
        }
    }
}
