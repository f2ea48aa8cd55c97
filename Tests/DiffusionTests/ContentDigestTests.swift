import Diffusion
import DiffusionWeights
import Foundation
import TestSupport
import Testing

/// What a model is by its content.
@Suite struct ContentDigestTests {
    private let folder: TemporaryFolder
    private let noCache = DigestCache(path: nil)

    init() throws { folder = try TemporaryFolder() }

    private func copy(_ name: String) throws -> String {
        let path = FileSystem.join(folder.path, name)
        try FileManager.default.copyItem(atPath: Fixture("pipeline/sd1_ddim").path, toPath: path)
        return path
    }

    private func digest(_ path: String, _ cache: DigestCache? = nil) throws -> String {
        try DiffusionModel(.path(path)).digest(cache ?? noCache, threadCount: 2)
    }

    /// Every file of the fixture that is read for a picture.
    private func files(_ path: String) throws -> [String] {
        ["unet", "vae", "text_encoder", "tokenizer", "scheduler"].flatMap { part in
            let names = (try? FileSystem.names(in: FileSystem.join(path, part))) ?? []
            return names.map { "\(part)/\($0)" }
        }
    }

    @Test func aCopyIsTheSameModel() throws {
        #expect(try digest(copy("a")) == digest(copy("b")))
    }

    @Test func oneBitOfTheWeightsMakesAnotherModel() throws {
        let path = try copy("a")
        let before = try digest(path)
        for part in ["unet", "vae", "text_encoder"] {
            let names = try files(path).filter { $0.hasPrefix(part) && $0.hasSuffix(".safetensors") }
            let name = try #require(names.first)
            let file = FileSystem.join(path, name)
            var bytes = try RegularFile.contents(of: file)
            bytes[bytes.count - 2] ^= 1
            try Data(bytes).write(to: URL(fileURLWithPath: file))
            #expect(try digest(path) != before, "\(name)")
            bytes[bytes.count - 2] ^= 1
            try Data(bytes).write(to: URL(fileURLWithPath: file))
            #expect(try digest(path) == before)
        }
    }

    @Test func namesAndTheCardDoNotCount() throws {
        let path = try copy("a")
        let before = try digest(path)
        try folder.write("a/diffuse.json", #"{"steps": 3}"#)
        #expect(try digest(path) == before)
        try folder.write("a/scheduler/scheduler_config.json", schedulerWithOtherBetas(path))
        #expect(try digest(path) != before)
    }

    private func schedulerWithOtherBetas(_ path: String) throws -> String {
        let text = try RegularFile.contents(of: FileSystem.join(path, "scheduler/scheduler_config.json"))
        return String(decoding: text, as: UTF8.self).replacing(
            "\"num_train_timesteps\"", with: "\"beta_x\": 1, \"num_train_timesteps\"")
    }

    @Test func piecesOfAFileCountByTheirPlace() throws {
        let bytes = (0..<(9 << 20)).map { UInt8(truncatingIfNeeded: $0 >> 16) }
        let first = try RegularFile(folder.write("a", bytes))
        let digest = try FileDigest.compute(first, threadCount: 1)
        #expect(try FileDigest.compute(first, threadCount: 3) == digest)
        let swapped = Array(bytes[(4 << 20)..<(8 << 20)] + bytes[..<(4 << 20)] + bytes[(8 << 20)...])
        #expect(try FileDigest.compute(RegularFile(folder.write("b", swapped)), threadCount: 2) != digest)
        let longer = try RegularFile(folder.write("c", bytes + [0]))
        #expect(try FileDigest.compute(longer, threadCount: 2) != digest)
    }

    @Test func theCacheKnowsFilesThatSettled() throws {
        let cache = DigestCache(path: FileSystem.join(folder.path, "cache/digests"))
        let file = try RegularFile(folder.write("a", "text"))
        let digest = try cache.digest(of: file, threadCount: 1)
        // Just written: it may be written again before the file system's clock ticks.
        #expect(FileSystem.kind(of: FileSystem.join(folder.path, "cache/digests")) == nil)
        let settled = try RegularFile("/bin/sh")
        let shell = try cache.digest(of: settled, threadCount: 1)
        let known = try RegularFile.contents(of: FileSystem.join(folder.path, "cache/digests"))
        #expect(String(decoding: known, as: UTF8.self).hasSuffix(" \(shell)\n"))
        // What stands there is believed: the file is not read again.
        let forged = String(decoding: known, as: UTF8.self).replacing(shell, with: digest)
        try folder.write("cache/digests", forged)
        #expect(try cache.digest(of: settled, threadCount: 1) == digest)
        try folder.write("cache/digests", "damaged\u{0}")
        #expect(try cache.digest(of: settled, threadCount: 1) == shell)
    }
}
