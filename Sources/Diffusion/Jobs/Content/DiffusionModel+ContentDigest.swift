import DiffusionBasics
import DiffusionWeights
import Dispatch

extension DiffusionModel {
    /// What the model is by its content, 64 hexadecimal digits: SHA-256 over the configurations of its parts, every byte of
    /// its weight files, and its tokenizer.
    ///
    /// Models that differ in one weight have different digests; a model that was moved or copied keeps its own. The files
    /// are read to the end, on `threadCount` threads, unless the same files were read before: then a cache of the user's
    /// knows (see `DigestCache`). Names, the model's card and the safety checker do not count.
    /// - Throws: errors of the files.
    public func contentDigest(threadCount: Int = PipelineOptions.availableCoreCount) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            // Blocking work, kept off Swift's own few threads.
            DispatchQueue.global(qos: .utility).async {
                continuation.resume(with: Result { try digest(.ofUser, threadCount: threadCount) })
            }
        }
    }

    package func digest(_ cache: DigestCache, threadCount: Int) throws -> String {
        var hash = SHA256()
        func add(_ label: String, _ text: String) { hash.update("\(label) \(text.utf8.count) \(text)\n".utf8) }
        var known: [String: String] = [:]
        func digest(_ path: String) throws -> String {
            // A single file holds several parts.
            if let digest = known[path] { return digest }
            known[path] = try cache.digest(of: RegularFile(path), threadCount: threadCount)
            return known[path, default: ""]
        }
        for part in [ModelPart.unet, .vae, .textEncoder] {
            add(part.rawValue, try source.configuration(of: part).node.serialized)
            for path in try source.weights(of: part).paths { add("weights", try digest(path)) }
        }
        add("scheduler", try source.configuration(of: .scheduler).node.serialized)
        add("scheduler class", source.schedulerClass)
        for (name, bytes) in try source.tokenizer().contents {
            add(name, bytes.map { SHA256.hexadecimal($0) } ?? "none")
        }
        return SHA256.hexadecimal(digest: hash.finalized())
    }
}

extension TokenizerFiles {
    /// All that is in it, in a fixed order.
    fileprivate var contents: [(name: String, bytes: [UInt8]?)] {
        [
            ("tokenizer", tokenizer), ("vocabulary", vocabulary), ("merges", merges), ("configuration", configuration),
            ("special tokens", specialTokensMap), ("added tokens", addedTokens),
        ]
    }
}
