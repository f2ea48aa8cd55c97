import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The temporary files that exist right now.
///
/// They are removed by normal unwinding: whoever creates one removes it in a `defer`. A process that must end at once
/// (a second Ctrl-C) calls `removeAll()` from an ordinary thread, such as a dispatch source or a thread in `sigwait`,
/// never inside a signal handler: it takes a lock. After that nothing can be created, so nothing is left behind. A
/// `kill -9` leaves at most one hidden `.diffuse-<process>-<number>.tmp`.
package final class TemporaryFiles: Sendable {
    private struct State {
        var paths: Set<String> = []
        var counter = 0
        var isClosed = false
    }

    private let state = Mutex(State())

    package init() {}

    /// How many there are.
    package var count: Int { state.withLock { $0.paths.count } }

    /// Creates an empty file under a hidden name that nobody has.
    /// - Returns: its name in the folder and a descriptor to write to, which the caller closes.
    func create(in folder: borrowing FolderHandle) throws -> (name: String, descriptor: Int32) {
        while true {
            let name = try nextName(in: folder)
            let descriptor = folder.open(name, O_WRONLY | O_CREAT | O_EXCL)
            if descriptor >= 0 { return (name, descriptor) }
            let error = FileSystemError.current(folder.path(of: name), .created)
            forget(name, in: folder)
            guard error.number == EEXIST else { throw error }
        }
    }

    /// Removes the file, if it is still there, and its entry.
    func remove(_ name: String, in folder: borrowing FolderHandle) {
        folder.unlink(name)
        forget(name, in: folder)
    }

    /// Takes the entry out: the file has its final name now.
    func forget(_ name: String, in folder: borrowing FolderHandle) {
        let path = folder.path(of: name)
        state.withLock { _ = $0.paths.remove(path) }
    }

    /// Removes every temporary file and refuses to make more.
    package func removeAll() {
        state.withLock {
            $0.isClosed = true
            for path in $0.paths { unlink(path) }
            $0.paths.removeAll()
        }
    }

    private func nextName(in folder: borrowing FolderHandle) throws -> String {
        let process = getpid()
        let prefix = folder.path(of: "")
        return try state.withLock {
            if $0.isClosed { throw CancellationError() }
            $0.counter += 1
            let name = ".diffuse-\(process)-\($0.counter).tmp"
            $0.paths.insert(prefix + name)
            return name
        }
    }
}
