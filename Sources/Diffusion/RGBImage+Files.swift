import DiffusionRenderer

extension RGBImage {
    /// Reads a PNG or JPEG file: upright as EXIF says, transparency laid over white.
    /// - Throws: what is wrong with the file, in one sentence.
    public init(contentsOf path: String) throws { self = try ImageReader.read(path).image }

    /// Writes the picture alone as PNG or JPEG, by the path's ending (PNG if it says nothing); the file is whole or absent.
    /// - Parameter overwrites: whether a file of that name may be replaced; otherwise that is an error.
    /// - Throws: an error with a sentence: the folder is missing, the disk is full, the name is taken.
    public func write(to path: String, overwrites: Bool = false, quality: Int = 90) throws {
        let writer = ImageWriter(format: ImageFormat(path: path) ?? .png, quality: quality)
        let file = AtomicFile(overwrites ? .replace : .refuse, temporaries: TemporaryFiles())
        try writer.write(self, metadata: nil, to: path, using: file)
    }
}
