import DiffusionBasics
import DiffusionRenderer
import Foundation
import Testing

struct AtomicFileTests {
    private let temporaries = TemporaryFiles()

    private func file(_ policy: ExistingFilePolicy) -> AtomicFile { AtomicFile(policy, temporaries: temporaries) }

    @Test func writesTheBytesAndLeavesNothingElse() throws {
        let folder = try TemporaryFolder()
        let content = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0) }
        #expect(try file(.refuse).write(content, to: folder.file("a.png")) == folder.file("a.png"))
        #expect(try folder.bytes("a.png") == content)
        #expect(try folder.names == ["a.png"])
        #expect(temporaries.count == 0)
    }

    @Test func existingFilesAreRefusedReplacedOrNumbered() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.png")
        try folder.write([1], to: "a.png")
        #expect(throws: OutputError.exists(path: path)) { try file(.refuse).write([2], to: path) }
        #expect(try folder.bytes("a.png") == [1])
        #expect(try file(.number).write([3], to: path) == folder.file("a-1.png"))
        #expect(try file(.number).write([4], to: path) == folder.file("a-2.png"))
        #expect(try file(.replace).write([5], to: path) == path)
        #expect(try folder.bytes("a.png") == [5])
        #expect(try folder.names == ["a-1.png", "a-2.png", "a.png"])
    }

    @Test(arguments: [("a.b.png", "a.b-1.png"), ("a", "a-1"), (".a", ".a-1"), ("ü.jpg", "ü-1.jpg")])
    func numbersStandBeforeTheEnding(name: String, numbered: String) throws {
        let folder = try TemporaryFolder()
        for _ in 0..<2 { try file(.number).write([1], to: folder.file(name)) }
        #expect(try folder.names == [name, numbered].sorted())
    }

    @Test func aRunGoesOnBehindTheNumbersThatItHasUsed() throws {
        let folder = try TemporaryFolder()
        let numbers = UsedNumbers()
        func write() throws -> String {
            let file = AtomicFile(.number, temporaries: TemporaryFiles(), numbers: numbers)
            return try file.write([1], to: folder.file("a.png"))
        }
        #expect(try [write(), write(), write()] == ["a.png", "a-1.png", "a-2.png"].map(folder.file))
        try folder.write([2], to: "a-3.png")
        try FileManager.default.removeItem(atPath: folder.file("a-1.png"))
        #expect(try write() == folder.file("a-4.png"))
        #expect(try file(.number).write([1], to: folder.file("a.png")) == folder.file("a-1.png"))
    }

    @Test func manyWritersAtOnceNeverShareANumber() async throws {
        let folder = try TemporaryFolder()
        let paths = try await withThrowingTaskGroup(of: String.self) { group in
            for writer in 0..<8 {
                // A registry each, as in processes of their own.
                group.addTask {
                    let file = AtomicFile(.number, temporaries: TemporaryFiles())
                    return try (0..<25).map {
                        try file.write([UInt8(writer), UInt8($0)], to: folder.file("a.png"))
                    }.joined(separator: "\n")
                }
            }
            return try await group.reduce(into: [String]()) { $0 += $1.split(separator: "\n").map(String.init) }
        }
        #expect(Set(paths).count == 200)
        let contents = try folder.names.map { try folder.bytes($0) }
        #expect(Set(contents).count == 200)
        #expect(try folder.names.contains("a-199.png"))
    }

    @Test func fallbacksClaimANameOnce() throws {
        let folder = try TemporaryFolder()
        let handle = try FolderHandle(folder.path)
        for name in ["link", "reserve"] {
            try folder.write([1], to: "t1")
            try folder.write([2], to: "t2")
            let claim = { (temporary: String) in
                name == "link"
                    ? try handle.claimByLink(name, for: temporary) : try handle.claimByReserving(name, for: temporary)
            }
            #expect(try claim("t1"))
            #expect(try !claim("t2"))
            #expect(try folder.bytes(name) == [1])
            #expect(try folder.names.contains("t2") && !folder.names.contains("t1"))
        }
    }

    @Test func linksAreReplacedAndTheirTargetsKept() throws {
        let folder = try TemporaryFolder()
        try folder.write([1], to: "target")
        try FileManager.default.createSymbolicLink(atPath: folder.file("a.png"), withDestinationPath: "target")
        try file(.replace).write([2], to: folder.file("a.png"))
        #expect(try folder.bytes("target") == [1])
        #expect(try folder.bytes("a.png") == [2])
        try FileManager.default.createSymbolicLink(atPath: folder.file("dangling"), withDestinationPath: "nowhere")
        #expect(throws: OutputError.self) { try file(.refuse).write([3], to: folder.file("dangling")) }
        #expect(try file(.number).write([3], to: folder.file("dangling")) == folder.file("dangling-1"))
    }

    @Test func foldersDevicesAndNamelessPathsAreRefused() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.file("d"), withIntermediateDirectories: false)
        let link = folder.file("link")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/dev/null")
        for policy in [ExistingFilePolicy.refuse, .replace, .number] {
            #expect(throws: OutputError.isFolder(path: folder.file("d"))) {
                try file(policy).write([1], to: folder.file("d"))
            }
            #expect(throws: OutputError.isNoFile(path: "/dev/null")) { try file(policy).check("/dev/null") }
            #expect(throws: OutputError.isNoFile(path: link)) { try file(policy).write([1], to: link) }
            #expect(throws: OutputError.hasNoName(path: "d/")) { try file(policy).write([1], to: "d/") }
            #expect(throws: OutputError.hasNoName(path: "..")) { try file(policy).check("..") }
        }
        #expect(try folder.names == ["d", "link"])
    }

    @Test func missingFoldersAreAnErrorAndCanBeMade() throws {
        let folder = try TemporaryFolder()
        let error = #expect(throws: FileSystemError.self) { try file(.number).write([1], to: folder.file("x/y/a.png")) }
        #expect(error?.code == "file.not-found")
        try FolderHandle.create(folder.file("x/y"))
        try FolderHandle.create(folder.file("x//y/"))
        try file(.number).check(folder.file("x/y/a.png"))
        try file(.number).write([1], to: folder.file("x/y/a.png"))
        let blocked = #expect(throws: FileSystemError.self) { try FolderHandle.create(folder.file("x/y/a.png/z")) }
        #expect(blocked?.code == "file.not-a-folder")
    }

    @Test func namesThatAreTooLongAreOneSentence() throws {
        let folder = try TemporaryFolder()
        let path = folder.file(String(repeating: "n", count: 300))
        let error = #expect(throws: FileSystemError.self) { try file(.number).write([1], to: path) }
        #expect(error?.code == "file.name-too-long")
        #expect(try folder.names.isEmpty)
    }

    @Test func cancellationLeavesNothing() async throws {
        let folder = try TemporaryFolder()
        let file = file(.number)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try file.write([1], to: folder.file("a.png"))
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try folder.names.isEmpty)
        #expect(temporaries.count == 0)
    }

    @Test func nothingIsCreatedAfterRemoveAll() throws {
        let folder = try TemporaryFolder()
        temporaries.removeAll()
        #expect(throws: CancellationError.self) { try file(.number).write([1], to: folder.file("a.png")) }
        #expect(try folder.names.isEmpty)
    }

    @Test func errorsOfTheSystemAreOneSentence() {
        let full = FileSystemError("out/a.png", .written, number: ENOSPC)
        #expect(full.description == "out/a.png cannot be written: the disk is full. Make room.")
        #expect(full.isTransient)
        #expect(FileSystemError("a", .written, number: EIO).isTransient)
        let denied = FileSystemError("a", .read, number: EACCES)
        #expect(denied.sentence == "a cannot be read: permission is denied.")
        #expect(!denied.isTransient)
        #expect(FileSystemError("a", .read, number: EXDEV).code == "file.system")
    }
}

extension AtomicFileTests {
    /// Case 56 of reliability.md, on a file system of 64 KiB in a mount namespace of another process.
    @Test(.enabled(if: SmallDisk.isPossible, "unshare cannot mount a file system here"))
    func aFullDiskIsPassingTroubleAndTheOldFileIsWhole() throws {
        let disk = try SmallDisk()
        let old = Array(repeating: UInt8(1), count: 1000)
        let path = "\(disk.path)/a.png"
        try file(.replace).write(old, to: path)
        let large = Array(repeating: UInt8(2), count: 200_000)
        for policy in [ExistingFilePolicy.replace, .number] {
            let error = #expect(throws: FileSystemError.self) { try file(policy).write(large, to: path) }
            #expect(error?.code == "file.disk-full")
            #expect(error?.isTransient == true)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path) == ["a.png"])
        #expect(try Array(Data(contentsOf: URL(fileURLWithPath: path))) == old)
    }
}

/// A tmpfs of 64 KiB that lives as long as a sleeping process in a namespace of its own.
private final class SmallDisk {
    private let process = Process()
    private let folder: TemporaryFolder
    let path: String

    static let isPossible =
        InstalledTool.unshare.isInstalled
        && (try? InstalledTool.unshare.run(["-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).status) == 0

    init() throws {
        folder = try TemporaryFolder()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: try #require(InstalledTool.unshare.path))
        process.arguments = [
            "-rm", "sh", "-c", "mount -t tmpfs -o size=64k tmpfs \"$0\" && echo ready && exec sleep 60", folder.path,
        ]
        process.standardOutput = output
        try process.run()
        path = "/proc/\(process.processIdentifier)/root\(folder.path)"
        _ = output.fileHandleForReading.availableData
    }

    deinit { process.terminate() }
}
