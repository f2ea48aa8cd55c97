import DiffusionBasics

/// What a model folder's `diffuse.json` recommends; every field may be absent.
package struct ModelCard: Sendable, Equatable {
    package var steps: Int?
    package var guidanceScale: Double?
    /// A sampler's name in any spelling that the command line knows.
    package var sampler: String?
    package var width: Int?
    package var height: Int?
    /// Words that the model was taught, for help texts.
    package var knows: [String] = []
    /// Other words for them that it was taught too.
    package var synonyms: [String] = []
    /// Keys of the file that mean nothing here.
    package var unknownKeys: [String] = []

    package static let fileName = "diffuse.json"

    package init() {}

    /// - Throws: `ConfigurationError`.
    package init(_ document: ConfigurationDocument) throws {
        let reader = try document.reader()
        steps = try reader.optionalInt("steps", in: 1...1000)
        guidanceScale = try reader.optionalDouble("cfg_scale")
        sampler = try reader.optionalString("sampler")
        width = try reader.optionalInt("width", in: 1...65_536)
        height = try reader.optionalInt("height", in: 1...65_536)
        knows = try reader.optionalStrings("knows") ?? []
        synonyms = try reader.optionalStrings("synonyms") ?? []
        unknownKeys = reader.unknownKeys
    }

    /// The card in `folder`; an empty one where there is none.
    /// - Throws: `FileError`, `JSONError`, `ConfigurationError`.
    package init(in folder: String) throws {
        let path = FileSystem.join(folder, Self.fileName)
        if FileSystem.kind(of: path) == nil {
            self.init()
        } else {
            try self.init(ConfigurationDocument(RegularFile.json(at: path), file: path))
        }
    }
}
