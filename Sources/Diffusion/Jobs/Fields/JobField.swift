/// One field of a job: the only place where its names, type, range and documentation stand.
///
/// The reader, `diffuse batch --schema`, the table in the documentation and the content key come from `JobField.all`.
struct JobField: Sendable {
    /// The kinds of value.
    enum Kind: Sendable {
        case prompt
        case integer(ClosedRange<Int>)
        case number(ClosedRange<Double>)
        /// 0 to 2⁶⁴ − 1, or -1.
        case seed
        case flag
        case choice([String])
        case sampler
        case spacing
        /// A text of a certain form.
        case format(JobTextFormat)
        /// Not empty.
        case path
        /// One path, or a list of one.
        case picture
        case outputName
        /// Bytes, with a unit or without.
        case byteCount
    }

    /// A1111's where A1111 has one.
    let name: String
    /// stable-diffusion.cpp's, diffusers' and the command line's.
    let aliases: [String]
    let kind: Kind
    /// What holds where nothing is said, for people.
    let standard: String
    let doc: String
    let apply: @Sendable (JobValue, inout JobDraft) -> Void
    /// What the content key says of it; nil where it holds its default, so that new fields leave old keys as they are.
    let keyText: @Sendable (GenerationRequest) -> String?

    init(
        _ name: String, _ kind: Kind, _ aliases: [String] = [], standard: String, _ doc: String,
        apply: @escaping @Sendable (JobValue, inout JobDraft) -> Void,
        key: @escaping @Sendable (GenerationRequest) -> String? = { _ in nil }
    ) {
        (self.name, self.kind, self.aliases, self.standard, self.doc) = (name, kind, aliases, standard, doc)
        (self.apply, keyText) = (apply, key)
    }

    /// The key of the field with that name or alias.
    static func key(named name: String) -> JobKey? { indices[name].map(JobKey.field) }

    /// The place of a field by its canonical name, which the table must have.
    static func key(_ name: String) -> JobKey { .field(indices[name] ?? 0) }

    /// Every name that a field goes by.
    static let names: [String] = all.flatMap { [$0.name] + $0.aliases }

    private static let indices: [String: Int] = Dictionary(
        all.enumerated().flatMap { index, field in ([field.name] + field.aliases).map { ($0, index) } }
    ) { first, _ in first }
}

/// Texts that only certain values can be.
struct JobTextFormat: Sendable {
    /// What a value must be, for people: `a range such as 0.2..0.8`.
    var expectation: String
    /// The same for the schema.
    var pattern: String
    var isValid: @Sendable (String) -> Bool
}
