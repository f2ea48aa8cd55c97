import DiffusionBasics

/// Seeds of jobs that name none.
enum JobSeed {
    /// The first 32 bits of SHA-256 over the job's text and the place of the batch's first render in the plan: the same on
    /// every machine and in every run. 32 bits are all that PyTorch's generator on the CPU takes in.
    /// - Parameter text: the job as JSON without white space.
    static func seed(ofJob text: String, index: Int) -> UInt64 {
        var hash = SHA256()
        hash.update(text.utf8)
        hash.update("\n\(index)".utf8)
        return hash.finalized().prefix(4).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
