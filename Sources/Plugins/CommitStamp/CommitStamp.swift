import Foundation
import PackagePlugin

/// Writes `BuildCommit.swift`, which tells the program the commit that it is built from.
///
/// A build command with inputs, because prebuild commands and manifests are not evaluated again as long as SwiftPM has a
/// plan that fits: the inputs are the log of HEAD, which every commit and checkout adds to, and all sources, whose changes
/// the word after the commit tells of.
@main struct CommitStamp: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) -> [Command] {
        let package = context.package.directoryURL
        let output = context.pluginWorkDirectoryURL.appending(path: "BuildCommit.swift")
        let sources = context.package.targets.compactMap(\.sourceModule).flatMap { $0.sourceFiles.map(\.url) }
        let paths = [package, output].map { $0.path(percentEncoded: false) }
        return [
            .buildCommand(
                displayName: "Noting the commit", executable: URL(filePath: "/bin/sh"),
                arguments: ["-c", Self.script, "sh"] + paths, inputFiles: sources + Self.headLogs(of: package),
                outputFiles: [output])
        ]
    }

    /// Where git notes that HEAD has moved; in a worktree `.git` is a file that names the folder.
    private static func headLogs(of package: URL) -> [URL] {
        let git = package.appending(path: ".git")
        var folders = [git]
        if let text = try? String(contentsOf: git, encoding: .utf8), text.hasPrefix("gitdir: ") {
            let path = text.dropFirst("gitdir: ".count).trimmingCharacters(in: .newlines)
            folders = [URL(filePath: path, relativeTo: package)]
        }
        return folders.flatMap { [$0.appending(path: "logs/HEAD"), $0.appending(path: "HEAD")] }
            .filter { FileManager.default.fileExists(atPath: $0.path(percentEncoded: false)) }
    }

    /// Without git, without a repository of the package's own (a tarball, a copy inside of another repository) or where git
    /// refuses, the commit is unknown. The file is written only where its text changes, and nothing is written elsewhere.
    private static let script = """
        commit=
        if cd "$1" && prefix=$(git rev-parse --show-prefix 2>/dev/null) && [ -z "$prefix" ]; then
            commit=$(git rev-parse --verify --short=10 HEAD 2>/dev/null)
            changes=$(git --no-optional-locks status --porcelain --untracked-files=no 2>/dev/null | head -n 1)
            [ -n "$commit" ] && [ -n "$changes" ] && commit="$commit with changes"
        fi
        text="enum BuildCommit { static let text = \\"${commit:-unknown commit}\\" }"
        [ "$(cat "$2" 2>/dev/null)" = "$text" ] || printf '%s\\n' "$text" > "$2"
        """
}
