/// The model that a render runs with, and the parts of it that a job chose.
public struct JobModel: Sendable, Hashable {
    /// Where its files are.
    public var location: ModelLocation
    /// Which weight files of a folder, `fp16` for `*.fp16.safetensors`.
    public var variant: String?
    /// A folder or file whose autoencoder takes the place of the model's own.
    public var vae: String?

    /// A model; by default the one that runs where none is named.
    public init(_ location: ModelLocation = .default, variant: String? = nil, vae: String? = nil) {
        self.location = location
        self.variant = variant
        self.vae = vae
    }

    /// Reads the model's configuration; no weights.
    /// - Throws: as `DiffusionModel.init`.
    public func open() throws -> DiffusionModel {
        try DiffusionModel(location, variant: variant, vae: vae)
    }
}
