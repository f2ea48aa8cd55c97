import DiffusionBasics

/// A token that is found in the prompt as it is written, before any splitting (tokenizers' `AddedToken`).
struct AddedToken: Sendable, Hashable {
    var content: [Unicode.Scalar]
    /// Found only where no letter, digit or underscore stands beside it.
    var isSingleWord = false
    /// Takes the white space before it along.
    var stripsLeft = false
    /// Takes the white space behind it along.
    var stripsRight = false
    /// Whether it is looked for, itself normalized, in the normalized text; nil: where it is not special.
    var normalized: Bool?
    var isSpecial = false

    var isNormalized: Bool { normalized ?? !isSpecial }

    static func == (a: AddedToken, b: AddedToken) -> Bool {
        a.content == b.content && a.isSingleWord == b.isSingleWord && a.stripsLeft == b.stripsLeft
            && a.stripsRight == b.stripsRight && a.isNormalized == b.isNormalized && a.isSpecial == b.isSpecial
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(content)
        hasher.combine([isSingleWord, stripsLeft, stripsRight, isNormalized, isSpecial])
    }
}

extension AddedToken {
    /// A token written with its properties, as `tokenizer.json`, `special_tokens_map.json` and the others have it.
    /// - Throws: `ConfigurationError`.
    init(_ node: JSONNode, file: String) throws {
        let reader = try ConfigurationReader(node, file: file)
        content = Array(try reader.string("content", default: "").unicodeScalars)
        isSingleWord = try reader.bool("single_word", default: false)
        stripsLeft = try reader.bool("lstrip", default: false)
        stripsRight = try reader.bool("rstrip", default: false)
        normalized = try reader.optionalBool("normalized")
        isSpecial = try reader.bool("special", default: false)
    }
}

extension String {
    init(scalars: some Sequence<Unicode.Scalar>) {
        var view = UnicodeScalarView()
        view.append(contentsOf: scalars)
        self.init(view)
    }
}
