import DiffusionWeights
import Foundation
import TestSupport
import Testing

/// Signals, full disks, files that turn up while a run goes on.
@Suite(.serialized, .timeLimit(.minutes(5))) struct FaultTests {
    private let program: DiffuseProgram
    private var folder: TemporaryFolder { program.folder }
    private static let endless = ["a cat", "--size", "512x512", "--steps", "500", "-b", "1000", "--progress", "json"]

    init() throws { program = try DiffuseProgram(in: TemporaryFolder()) }

    @Test(arguments: [(SIGINT, 130), (SIGTERM, 143), (SIGHUP, 129)] as [(Int32, Int32)], ["loading", "step"])
    func aSignalEndsTheRun(_ signal: (number: Int32, code: Int32), _ moment: String) async throws {
        let running = try program.start(Self.endless)
        try await running.wait(for: "\"event\":\"\(moment)\"")
        running.send(signal.number)
        let outcome = try await running.outcome()
        #expect(outcome.code == signal.code)
        #expect(try outcome.events.last?["event"] as? String == "stopped")
        #expect(try folder.names == [])
    }

    @Test func signalsInARowEndTheRunCleanly() async throws {
        let running = try program.start(Self.endless)
        try await running.wait(for: "\"event\":\"step\"")
        running.send(SIGINT)
        running.send(SIGINT)
        #expect(try await running.outcome().code == 130)
        #expect(try folder.names == [])
    }

    @Test func aSignalEndsTheWaitForAPrompt() async throws {
        // A process in the background has no input unless it is given one, and a signal is lost on it before it listens.
        let script = """
            sleep 100 | {
                exec 3<&0; "$0" - <&3 & program=$!
                while kill -INT $program 2>/dev/null; do sleep 0.2; done
                wait $program; echo $? >status; mv status code
                kill $(jobs -p) 2>/dev/null
            }
            """
        let running = try program.start(["-c", script, try DiffuseProgram.path], model: nil, program: "/bin/sh")
        while !(try folder.names.contains("code")) { try await Task.sleep(for: .milliseconds(20)) }
        running.send(SIGKILL)
        #expect(String(decoding: try folder.bytes("code"), as: UTF8.self) == "130\n")
    }

    @Test func aKilledRunLeavesNoPartialPicture() async throws {
        let running = try program.start([
            "a cat", "--steps", "3", "-b", "1000", "-o", "{index}.png", "--progress", "json",
        ])
        try await running.wait(for: "\"event\":\"image\"")
        running.send(SIGKILL)
        #expect(try await running.outcome().code == 137)
        let pictures = try folder.names.filter { !$0.hasPrefix(".") }
        #expect(!pictures.isEmpty)
        for picture in pictures { #expect(try folder.bytes(picture).suffix(8) == Self.pngEnd, "\(picture)") }
    }

    /// The type and checksum of the last chunk.
    private static let pngEnd: ArraySlice<UInt8> = [0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82]

    @Test func onePictureThatFailsLeavesTheOthers() async throws {
        let running = try program.start(
            ["a cat", "--steps", "300", "-b", "3", "-o", "{index}.png", "--progress", "json"])
        try await running.wait(for: "\"event\":\"step\"")
        try folder.write("1.png", "mine")
        let outcome = try await running.outcome()
        #expect(outcome.code == 3 && outcome.paths == ["0.png", "2.png"])
        #expect(try folder.bytes("1.png") == Array("mine".utf8))
        let failure = try outcome.events.first { $0["event"] as? String == "error" }
        #expect(failure?["index"] as? Int == 1 && failure?["code"] as? String == "output.exists")
        #expect(try outcome.events.last?["failed"] as? Int == 1)
    }

    @Test func aFileOverTheLimitIsAnErrorNotADeath() async throws {
        let script = "ulimit -f 1; exec \"$0\" 'a cat' --steps 1 --size 256x256 -m \"$1\" 2>&1"
        let outcome = try await program.shell(script, [DiffuseProgram.smallModel])
        #expect(outcome.code == 3)
        #expect(outcome.paths.contains { $0.hasPrefix("error: ") && $0.contains("larger than the limit") })
        #expect(try folder.names == [])
    }

    @Test(.enabled(if: FaultTests.hasNamespaces, "needs unshare -rm"))
    func aFullDiskLeavesTheOldFile() async throws {
        let disk = try folder.folder("disk")
        let script = """
            mount -t tmpfs -o size=64k none "$2" && cd "$2" && echo old >a.png || exit 99
            "$0" 'a cat' --steps 1 --size 512x512 -m "$1" -o a.png --force; echo "code $?"; cat a.png; ls -A
            """
        let outcome = try await program.run(
            ["-rm", "/bin/sh", "-c", script, DiffuseProgram.path, DiffuseProgram.smallModel, disk], model: nil,
            program: "/usr/bin/unshare")
        #expect(outcome.paths == ["code 75", "old", "a.png"], "\(outcome.errors)")
        #expect(outcome.errors.contains("the disk is full"))
    }

    static let hasNamespaces: Bool = {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
        process.arguments = ["-rm", "/bin/sh", "-c", "mount -t tmpfs none /tmp"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()
}
