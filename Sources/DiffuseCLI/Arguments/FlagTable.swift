/// How the flags of one command may be written beside their own names.
package struct FlagTable: Sendable {
    /// Letter to long name, `s` to `seed`.
    package var shortNames: [Character: String]
    /// Other programs' spellings to ours, without dashes in front.
    package var aliases: [String: String]
    /// Flags that take no value.
    package var switches: Set<String>
    /// Flags that stand for several others: the value's parts go to these, in order.
    package var pairs: [String: (first: String, second: String)]

    /// Flags of any command whose value names a file or a folder to read: an empty one is a variable that was not set.
    static let paths: Set<String> = [
        "model", "vae", "init-img", "mask", "from-image", "init-latents", "prompt-file", "job",
    ]

    package init(
        shortNames: [Character: String] = [:], aliases: [String: String] = [:], switches: Set<String> = [],
        pairs: [String: (first: String, second: String)] = [:]
    ) {
        self.shortNames = shortNames.merging(["h": "help"]) { own, _ in own }
        self.aliases = aliases
        self.switches = switches.union(["help", "help-hidden", "version"])
        self.pairs = pairs
    }
}
