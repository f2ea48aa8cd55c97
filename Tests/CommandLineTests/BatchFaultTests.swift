import DiffusionWeights
import Foundation
import TestSupport
import Testing

/// Kills, signals, full disks and second runs: cases 47 and 54 to 60 of a job.
@Suite(.serialized, .timeLimit(.minutes(5))) struct BatchFaultTests {
    private let batch: BatchProgram

    init() throws { batch = try BatchProgram() }

    private static func job(renders: Int, steps: Int, size: Int = 64) -> String {
        """
        {"defaults": {"steps": \(steps), "width": \(size), "height": \(size)},
         "jobs": [{"prompt": "a cat", "seed": 1, "n_iter": \(renders)}]}
        """
    }

    /// The type and checksum of a PNG's last chunk.
    private static let pngEnd: ArraySlice<UInt8> = [0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82]

    /// Case 54. Each run gets a little further; the last finishes; nothing is done twice.
    @Test func killedAtAnyMomentItGoesOnWhereItWas() async throws {
        try batch.write(Self.job(renders: 24, steps: 12))
        #expect(try await batch.run(["-o", "whole"]).code == 0)
        let whole = try batch.bytes(ofPictures: "whole")
        var state: UInt64 = 42
        for _ in 0..<12 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let running = try batch.start(["--batch", "2"])
            try await Task.sleep(for: .milliseconds(60 + Int(state >> 33) % 400))
            running.send(SIGKILL)
            _ = try await running.outcome()
            for (name, bytes) in try batch.bytes(ofPictures: "out") {
                #expect(bytes.suffix(8) == Self.pngEnd && bytes == whole[name], "\(name)")
            }
        }
        let last = try await batch.run()
        #expect(last.code == 0, "\(last.errors)")
        #expect(try batch.bytes(ofPictures: "out") == whole)
        let done = try batch.results().filter { $0["status"] as? String == "done" }.compactMap { $0["index"] as? Int }
        #expect(done.count == Set(done).count, "a render was made twice")
        // A kill between the picture and its line loses the line, and no more.
        #expect(done.count <= 24 && done.count >= 24 - 12)
        // What a killed run had in hand lies hidden; nothing of it has a picture's name.
        #expect(try batch.leftovers("out").allSatisfy { $0.hasPrefix(".diffuse-") && $0.hasSuffix(".tmp") })
    }

    @Test func theFirstInterruptFinishesThePictureInHand() async throws {
        try batch.write(Self.job(renders: 50, steps: 40))
        let running = try batch.start(["--progress", "json", "--batch", "1"])
        try await running.wait(for: "\"event\":\"step\"")
        running.send(SIGINT)
        let outcome = try await running.outcome()
        #expect(outcome.code == 130)
        #expect(try batch.pictures().count >= 1 && batch.pictures().count < 50)
        #expect(try batch.statuses() == Array(repeating: "done", count: batch.pictures().count))
        #expect(try batch.leftovers() == [])
    }

    @Test func theSecondInterruptStopsNow() async throws {
        try batch.write(Self.job(renders: 3, steps: 900, size: 256))
        let running = try batch.start(["--progress", "json"])
        try await running.wait(for: "\"event\":\"step\"")
        running.send(SIGINT)
        try await running.wait(for: "again stops now")
        running.send(SIGINT)
        let outcome = try await running.outcome()
        #expect(outcome.code == 130)
        #expect(try batch.pictures() == [] && batch.leftovers() == [])
        #expect(try Set(batch.statuses()) == ["cancelled"])
    }

    /// Case 55.
    @Test(arguments: [(SIGTERM, 143), (SIGHUP, 129)] as [(Int32, Int32)])
    func aSignalToEndEndsIt(_ signal: Int32, _ code: Int32) async throws {
        try batch.write(Self.job(renders: 3, steps: 900, size: 256))
        let running = try batch.start(["--progress", "json"])
        try await running.wait(for: "\"event\":\"step\"")
        running.send(signal)
        let outcome = try await running.outcome()
        #expect(outcome.code == code)
        #expect(try outcome.events.last?["event"] as? String == "stopped")
        #expect(try batch.pictures() == [] && batch.leftovers() == [])
    }

    /// Case 60: the same shard twice at once, as after a node that fell silent without dying.
    @Test func twoRunsOfOneShardBothEndWell() async throws {
        try batch.write(Self.job(renders: 12, steps: 4))
        #expect(try await batch.run(["-o", "whole"]).code == 0)
        let first = try batch.start(["--batch", "1"])
        let second = try batch.start(["--batch", "1"])
        let outcomes = [try await first.outcome(), try await second.outcome()]
        #expect(outcomes.map(\.code) == [0, 0], "\(outcomes.map(\.errors))")
        #expect(try batch.bytes(ofPictures: "out") == batch.bytes(ofPictures: "whole"))
        #expect(try batch.leftovers() == [])
        #expect(try batch.results().count == 24)
        #expect(try Set(batch.statuses()) == ["done", "skipped"])
    }

    /// Case 47.
    @Test func aFolderThatIsSwappedForALinkIsNotFollowed() async throws {
        let outside = try TemporaryFolder()
        try batch.write(
            """
            {"output": {"name": "{job}/{index}.png"}, "defaults": {"steps": 200},
             "jobs": [{"id": "a", "prompt": "x", "n_iter": 2}, {"id": "b", "prompt": "y", "steps": 2}]}
            """)
        let running = try batch.start(["--progress", "json", "--batch", "1"])
        try await running.wait(for: "\"event\":\"step\"")
        try batch.folder.folder("out")
        try batch.folder.link("out/a", to: outside.path)
        let outcome = try await running.outcome()
        #expect(outcome.code == 3, "\(outcome.errors)")
        #expect(try FileSystem.names(in: outside.path) == [])
        #expect(FileSystem.isFile(batch.folder.file("out/b/0.png")))
        #expect(outcome.errors.contains("\"code\":\"output.leaves-folder\""))
    }

    /// Case 57.
    @Test func aFolderThatTakesNoFilesIsRefusedBeforeLoading() async throws {
        try batch.write(Self.job(renders: 1, steps: 1))
        try batch.folder.write("out", "a file")
        let outcome = try await batch.run(["--progress", "json"])
        #expect(outcome.code == 2)
        #expect(!outcome.errors.contains("\"loading\""))
        #expect(try batch.folder.bytes("out") == Array("a file".utf8))
    }

    /// Case 56.
    @Test(.enabled(if: FaultTests.hasNamespaces, "needs unshare -rm"))
    func aFullDiskEndsTheRunAndLeavesTheOldFile() async throws {
        try batch.write(Self.job(renders: 3, steps: 1, size: 512))
        let disk = try batch.folder.folder("disk")
        let script = """
            mount -t tmpfs -o size=64k none "$2" && echo old >"$2/0001-2.png" || exit 99
            "$0" batch jobs.json -m "$1" -o "$2" --on-exists overwrite --batch 1 -q; echo "code $?"
            cat "$2/0001-2.png"; ls -A "$2" | grep -v '^results'
            """
        let outcome = try await batch.program.run(
            ["-rm", "/bin/sh", "-c", script, DiffuseProgram.path, DiffuseProgram.smallModel, disk], model: nil,
            program: "/usr/bin/unshare")
        #expect(outcome.paths == ["code 75", "old", "0001-2.png"], "\(outcome.errors)")
        #expect(outcome.errors.contains("the disk is full"))
    }

    /// Case 58.
    @Test(arguments: ["2>&-", ">&- 2>&-", "<&- >&- 2>&-", "2>/dev/full", "| true"])
    func closedStreamsSpoilNothing(_ redirection: String) async throws {
        try batch.write(Self.job(renders: 2, steps: 2))
        let outcome = try await batch.shell("\"$0\" batch jobs.json -m \"$1\" \(redirection)")
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(try batch.pictures().count == 2 && batch.leftovers() == [])
    }

    @Test func aFileOverTheLimitIsAFailedRender() async throws {
        try batch.write(Self.job(renders: 2, steps: 1, size: 256))
        let outcome = try await batch.shell("ulimit -f 8; exec \"$0\" batch jobs.json -m \"$1\" 2>&1")
        #expect(outcome.code == 3, "\(outcome.paths)")
        #expect(outcome.paths.contains { $0.contains("larger than the limit") })
        #expect(try batch.leftovers() == [])
    }

    /// Case 63.
    @Test func localeAndTimeZoneChangeNothing() async throws {
        try batch.write(#"{"defaults": {"steps": 2, "seed": 1, "cfg_scale": 2.5}, "jobs": ["ein Fuchs über 東京 🦊"]}"#)
        for (index, locale) in ["C", "de_DE.UTF-8"].enumerated() {
            let outcome = try await batch.run(
                ["-o", "out\(index)"], environment: ["LANG": locale, "LC_ALL": locale, "TZ": "Asia/Tokyo"])
            #expect(outcome.code == 0, "\(outcome.errors)")
        }
        #expect(try batch.bytes(ofPictures: "out0") == batch.bytes(ofPictures: "out1"))
        #expect(try batch.bytes(ofPictures: "out0").count == 1)
    }
}
