import DiffusionBasics
import DiffusionRenderer
import DiffusionWeights

/// Where the pictures of a run go, from `--output`, `--format` and `--force`.
struct OutputPlan {
    /// The place of one picture.
    struct Target {
        /// `-` for standard output; with `policy` `.number`, the name that a number may be added to.
        var path: String
        var policy: ExistingFilePolicy
        /// The part of its folder that must be there already; what follows comes from placeholders, and is made.
        var givenFolder: String
    }

    private enum Form {
        case standardOutput
        /// The default name or a folder: the next free number.
        case numbered(String)
        case template(String)
    }

    let format: ImageFormat
    private let form: Form
    private let replaces: Bool

    /// - Throws: `UsageError`, `OutputNameError`.
    init(output: String?, format: String?, replaces: Bool) throws {
        let asked = try format.map(Self.format)
        self.replaces = replaces
        switch output {
        case nil: form = .numbered(Self.defaultName(asked))
        case ImageWriter.standardOutputPath: form = .standardOutput
        case let text? where Self.meansFolder(text):
            guard FileSystem.isFolder(text) else { throw UsageError.missingFolder(path: text) }
            form = .numbered(FileSystem.join(text, Self.defaultName(asked)))
        case let text?:
            self.format = try Self.format(asked, forName: text)
            form = .template(text)
            return
        }
        self.format = asked ?? .png
    }

    /// The places of all pictures, none of them twice.
    /// - Parameter pictures: what each picture puts into a template.
    /// - Throws: `UsageError`, `OutputNameError`.
    func targets(for pictures: [OutputNameTemplate.Values]) throws -> [Target] {
        switch form {
        case .standardOutput:
            try checkStandardOutput(pictures.count)
            return [Target(path: ImageWriter.standardOutputPath, policy: .refuse, givenFolder: ".")]
        case .numbered(let path) where !replaces:
            let target = Target(path: path, policy: .number, givenFolder: PathParts(path).folder)
            return pictures.map { _ in target }
        case .numbered(let path): return targets(pictures.indices.map { Self.numbered(path, $0) }, literal: path)
        case .template(let text): return targets(try paths(text, pictures), literal: text)
        }
    }

    private func targets(_ paths: [String], literal: String) -> [Target] {
        let folder = PathParts(String(literal.prefix { $0 != "{" })).folder
        return paths.map { Target(path: $0, policy: replaces ? .replace : .refuse, givenFolder: folder) }
    }

    /// A name without placeholders serves several pictures with numbers added.
    private func paths(_ text: String, _ pictures: [OutputNameTemplate.Values]) throws -> [String] {
        let template = try OutputNameTemplate(text, origin: .commandLine)
        let paths = try pictures.enumerated().map { index, values in
            let path = try template.path(for: values)
            return template.placeholders.isEmpty ? Self.numbered(path, index) : path
        }
        var taken: Set<ExactString> = []
        for path in paths where !taken.insert(ExactString(path)).inserted { throw UsageError.sameName(path: path) }
        return paths
    }

    private func checkStandardOutput(_ count: Int) throws {
        guard count == 1 else {
            throw UsageError.conflict(
                "Standard output takes one picture, and there are \(count).",
                remedy: "Write them to files, for example -o picture-{index}.png")
        }
        guard !StandardOutput.isTerminal() else {
            throw UsageError.conflict(
                "Standard output is a terminal, which cannot show a picture.", remedy: "Redirect it: -o - > picture.png"
            )
        }
    }
}

extension OutputPlan {
    private static func defaultName(_ format: ImageFormat?) -> String {
        "output.\((format ?? .png).fileExtension)"
    }

    private static func meansFolder(_ text: String) -> Bool {
        ["", ".", ".."].contains(PathParts(text).name) && !text.isEmpty || FileSystem.isFolder(text)
    }

    private static func numbered(_ path: String, _ index: Int) -> String {
        index == 0 ? path : PathParts(path).inserting("-\(index)").path
    }

    private static func format(_ name: String) throws -> ImageFormat {
        guard let format = ImageFormat(fileExtension: name) else {
            throw UsageError.unknownValue(
                flag: "--format", found: name, known: ImageFormat.allCases.map(\.rawValue))
        }
        return format
    }

    /// By the name's ending where nothing else is asked for; a name that says another format would lie.
    private static func format(_ asked: ImageFormat?, forName name: String) throws -> ImageFormat {
        guard let ending = PathParts(name).fileExtension else { return asked ?? .png }
        let meant = ImageFormat(fileExtension: ending)
        if let asked, let meant, asked != meant {
            throw UsageError.conflict(
                "--format is \(asked.rawValue), but the output name \(name) ends in .\(ending).",
                remedy: "Leave --format out, or end the name in .\(asked.fileExtension).")
        }
        guard let format = asked ?? meant else {
            throw UsageError.conflict(
                "The output name \(name) ends in .\(ending), expected .png or .jpg.",
                remedy: "Give --format png or --format jpeg to write it under that name.")
        }
        return format
    }
}
