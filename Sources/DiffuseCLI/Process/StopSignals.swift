import DiffusionRenderer
import Dispatch
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Ctrl-C, `kill` and a terminal that closes.
///
/// The first signal asks the run to stop, which it does between layers; the second ends the process at once, and so does
/// patience running out, should a disk or a pipe hold the run up. Where a command can end in order, a Ctrl-C before those
/// asks it to. Temporary files are gone in every case.
final class StopSignals: Sendable {
    private let received = Atomic<Int32>(0)
    private let isStopping = Atomic<Bool>(false)
    private let temporaries: TemporaryFiles
    private let graceful: GracefulStop
    private let queue = DispatchQueue(label: "diffuse.signals", qos: .userInteractive)

    private static let patience = DispatchTimeInterval.milliseconds(900)

    init(temporaries: TemporaryFiles, graceful: GracefulStop) {
        (self.temporaries, self.graceful) = (temporaries, graceful)
    }

    /// The exit code of the signal that stopped the run, if one did.
    var exitCode: ExitCode? { Self.exitCode(of: received.load(ordering: .relaxed)) }

    /// Calls `stop` at the first signal, from a thread of its own, for as long as the result lives.
    func watch(_ stop: @escaping @Sendable () -> Void) -> [any DispatchSourceSignal] {
        let numbers = [SIGINT, SIGTERM] + (Self.isIgnored(SIGHUP) ? [] : [SIGHUP])
        return numbers.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { [self] in take(number, stop) }
            source.resume()
            return source
        }
    }

    private func take(_ number: Int32, _ stop: () -> Void) {
        if !isStopping.load(ordering: .relaxed) { received.store(number, ordering: .relaxed) }
        if number == SIGINT, graceful.ask() { return }
        guard isStopping.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged else { end() }
        stop()
        queue.asyncAfter(deadline: .now() + Self.patience) { [self] in end() }
    }

    private func end() -> Never {
        temporaries.removeAll()
        _exit((exitCode ?? .interrupted).rawValue)
    }

    /// `nohup` runs programs so.
    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        guard sigaction(number, nil, &action) == 0 else { return false }
        #if canImport(Darwin)
        return unsafeBitCast(action.__sigaction_u.__sa_handler, to: Int.self) == 1
        #else
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
        #endif
    }

    private static func exitCode(of number: Int32) -> ExitCode? {
        switch number {
        case SIGINT: .interrupted
        case SIGTERM: .terminated
        case SIGHUP: .hungUp
        default: nil
        }
    }
}
