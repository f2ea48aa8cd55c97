import DiffusionRenderer
import Foundation
import Testing

/// Folders below an open one, and files that grow by lines.
@Suite struct JobFolderTests {
    private let folder: TemporaryFolder
    private let temporaries = TemporaryFiles()

    init() throws { folder = try TemporaryFolder() }

    @Test func foldersAreMadeBelowAnOpenOne() throws {
        let root = try FolderHandle(folder.path)
        let inner = try root.folder(at: "a/b/./c", creating: true)
        let path = try AtomicFile(.refuse, temporaries: temporaries).write([1], named: "x", in: inner)
        #expect(path == folder.file("a/b/c/x"))
        #expect(try folder.bytes("a/b/c/x") == [1])
        #expect(throws: OutputError.exists(path: path)) {
            try AtomicFile(.refuse, temporaries: temporaries).write([2], named: "x", in: inner)
        }
    }

    @Test func linksAreNotFollowed() throws {
        let outside = try TemporaryFolder()
        try FileManager.default.createSymbolicLink(atPath: folder.file("out"), withDestinationPath: outside.path)
        let root = try FolderHandle(folder.path)
        for creating in [true, false] {
            #expect(throws: OutputError.leavesFolder(path: folder.file("out"))) {
                _ = try root.folder(at: "out/deeper", creating: creating)
            }
        }
        #expect(try outside.names == [])
    }

    @Test func aSwappedFolderChangesNothing() throws {
        let root = try FolderHandle(folder.path)
        let inner = try root.folder(at: "a", creating: true)
        let outside = try TemporaryFolder()
        try FileManager.default.moveItem(atPath: folder.file("a"), toPath: folder.file("b"))
        try FileManager.default.createSymbolicLink(atPath: folder.file("a"), withDestinationPath: outside.path)
        try AtomicFile(.refuse, temporaries: temporaries).write([1], named: "x", in: inner)
        #expect(try outside.names == [])
        #expect(try folder.bytes("b/x") == [1])
    }

    @Test func aMissingFolderIsMissing() throws {
        let root = try FolderHandle(folder.path)
        do {
            _ = try root.folder(at: "none", creating: false)
            Issue.record("a folder that is not there was opened")
        } catch let error as FileSystemError {
            #expect(error.isMissing)
        }
    }

    @Test func aFileGrowsByLines() throws {
        let root = try FolderHandle(folder.path)
        let file = try AppendedFile(new: "lines", in: root)
        try file.append([1, 2], flushing: true)
        try file.append([3], flushing: false)
        #expect(try folder.bytes("lines") == [1, 2, 3])
        #expect(throws: FileSystemError.self) { _ = try AppendedFile(new: "lines", in: root) }
        #expect(try root.names() == ["lines"])
    }
}
