import Synchronization

/// What a first Ctrl-C does in a command that can end in order: it finishes what it has in hand.
final class GracefulStop: Sendable {
    /// The process's, for the command that runs.
    @TaskLocal static var current: GracefulStop?

    private let offer = Mutex<(@Sendable () -> Void)?>(nil)

    /// Calls `stop` at the first Ctrl-C, from a thread of its own, instead of cancelling the task.
    func offer(_ stop: @escaping @Sendable () -> Void) { offer.withLock { $0 = stop } }

    /// - Returns: whether a command took the wish to stop.
    func ask() -> Bool {
        let stop = offer.withLock { $0.take() }
        stop?()
        return stop != nil
    }
}
