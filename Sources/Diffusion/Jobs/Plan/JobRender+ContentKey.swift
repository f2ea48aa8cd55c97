import DiffusionBasics

extension JobRender {
    /// A picture that a render takes in.
    public enum Input: Sendable, Hashable {
        /// A picture's file.
        case file(String)
        /// The bytes of a PNG or JPEG file that the job itself holds.
        case bytes([UInt8])
        /// The picture that another render of the plan makes.
        case render(Int)
    }

    /// What the render's picture depends on, as 64 hexadecimal digits: SHA-256 over its parameters in a fixed order, the
    /// model's content and that of the pictures it takes in. Names of files and the order of jobs do not count.
    /// - Parameters:
    ///   - modelDigest: of the model's content, and of whatever else the bytes of a picture depend on.
    ///   - inputDigest: of the content of a picture; for another render its own key.
    /// - Throws: what `inputDigest` throws.
    public func contentKey(modelDigest: String, inputDigest: (Input) throws -> String) rethrows -> String {
        SHA256.hexadecimal(try keyText(modelDigest: modelDigest, inputDigest: inputDigest).utf8)
    }

    /// One parameter a line, as `name "value"`, sorted by name. A parameter at its default has no line, so that a field
    /// that a later version adds leaves the keys of renders without it as they are.
    func keyText(modelDigest: String, inputDigest: (Input) throws -> String) rethrows -> String {
        var lines = JobField.all.compactMap { field in
            field.keyText(request).map { "\(field.name) \(JSONNode.quoted($0))" }
        }
        lines.append("model \(JSONNode.quoted(modelDigest))")
        for (name, input) in inputs { lines.append("\(name) \(JSONNode.quoted(try inputDigest(input)))") }
        let sorted = lines.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return (["diffuse render 1"] + sorted).joined(separator: "\n") + "\n"
    }

    /// The pictures that it takes in, by the fields that name them.
    public var inputs: [(name: String, input: Input)] {
        let pictures = [
            ("init_images", request.initialImage, initialRender), ("mask", request.mask, maskRender),
        ]
        return pictures.compactMap { name, picture, render in
            Self.input(picture, madeBy: render).map { (name, $0) }
        }
    }

    private static func input(_ picture: InitialImage?, madeBy render: Int?) -> Input? {
        if let render { return .render(render) }
        switch picture {
        case nil: return nil
        case .file(let path): return .file(path)
        case .encoded(let bytes): return .bytes(bytes)
        // Jobs hold paths and files' bytes only.
        case .image(let image): return .bytes(Array("\(image.width)x\(image.height)".utf8) + image.pixels)
        }
    }
}
