import DiffusionBasics

/// A model that is not complete, not of a kind that is supported, or not there.
package enum ModelError: DescribedError, Equatable {
    case missingFolder(path: String, hint: String?)
    case missingFile(path: String, need: String)
    /// A whole model, or a part of one, of a class that is not built here.
    case unsupportedClass(path: String, what: String, found: String, supported: [String])
    case missingPart(path: String, part: String)
    /// Weights are there, but only in a form that can run code.
    case pickleOnly(path: String, file: String)
    case severalVariants(path: String, variants: [String])
    case unknownVariant(path: String, variant: String, variants: [String])
    case unsafeShard(path: String, name: String)
    /// A reference of the Hugging Face cache that is no plain name.
    case unsafeReference(path: String, commit: String)
    /// A family of models that is recognised and not built.
    case unsupportedFamily(path: String, family: String)
    case unrecognised(path: String, examples: [String])
    case notFound(name: String, places: [String], remedy: String)

    package var code: String {
        switch self {
        case .missingFolder: "model.missing-folder"
        case .missingFile: "model.missing-file"
        case .unsupportedClass: "model.unsupported-class"
        case .missingPart: "model.missing-part"
        case .pickleOnly: "model.pickle-only"
        case .severalVariants: "model.several-variants"
        case .unknownVariant: "model.unknown-variant"
        case .unsafeShard: "model.unsafe-shard"
        case .unsafeReference: "model.unsafe-reference"
        case .unsupportedFamily: "model.unsupported-family"
        case .unrecognised: "model.unrecognised"
        case .notFound: "model.not-found"
        }
    }

    package var sentence: String {
        switch self {
        case .missingFolder(let path, _): "\(path) is no folder."
        case .missingFile(let path, let need): "\(path) is missing: \(need)."
        case .unsupportedClass(let path, let what, let found, let supported):
            "\(path): \(what) is \(shown(found)), supported: \(supported.joined(separator: ", "))."
        case .missingPart(let path, let part): "\(path) names no \(part), and a picture cannot be made without one."
        case .pickleOnly(let path, let file): "\(path) holds its weights only as \(file), a form that can run code."
        case .severalVariants(let path, let variants):
            "\(path) holds its weights only in several variants: \(variants.joined(separator: ", "))."
        case .unknownVariant(let path, let variant, let variants):
            "\(path) has no weights of the variant \(shown(variant)); it has "
                + (variants.isEmpty ? "no variants" : variants.joined(separator: ", ")) + "."
        case .unsafeShard(let path, let name):
            "\(path) names the shard \(shown(name)), expected the plain name of a .safetensors file beside it."
        case .unsafeReference(let path, let commit):
            "\(path) names the commit \(shown(commit)), expected letters and digits."
        case .unsupportedFamily(let path, let family): "\(path) is \(family), which is not supported."
        case .unrecognised(let path, let examples):
            "\(path) is no Stable Diffusion model that is known here: its tensors are named like "
                + examples.map(shown).joined(separator: ", ") + "."
        case .notFound(let name, let places, _):
            "\(name) was not found; looked at: \(places.joined(separator: ", "))."
        }
    }

    package var remedy: String? {
        switch self {
        case .missingFolder(_, let hint): hint
        case .pickleOnly:
            "Convert the model with save_pretrained(..., safe_serialization=True) in diffusers, or download its "
                + ".safetensors files."
        case .severalVariants: "Choose one with --variant."
        case .unsupportedFamily, .unrecognised: "Supported are Stable Diffusion 1.x and 2.x, text to image."
        case .notFound(_, _, let remedy): remedy
        default: nil
        }
    }
}
