/// Hands events from the task that makes them to the one that asks for them, one at a time: whoever makes them waits until
/// the last one was taken.
actor EventChannel<Event: Sendable> {
    private var offered: (event: Event, taken: CheckedContinuation<Void, Never>)?
    private var asking: CheckedContinuation<Event?, any Error>?
    private var end: Result<Void, any Error>?
    private var isAbandoned = false

    /// Returns when the event was taken, or when nobody will take it any more.
    func send(_ event: Event) async {
        if isAbandoned { return }
        if let asking {
            self.asking = nil
            asking.resume(returning: event)
            return
        }
        await withCheckedContinuation { offered = (event, $0) }
    }

    /// Nothing comes any more.
    func finish(_ result: Result<Void, any Error>) {
        end = result
        asking?.resume(with: result.map { nil })
        asking = nil
    }

    /// The next event; nil at the end, and after an error.
    func next() async throws -> Event? {
        if let (event, taken) = offered {
            offered = nil
            taken.resume()
            return event
        }
        if let end {
            self.end = .success(())
            try end.get()
            return nil
        }
        return try await withCheckedThrowingContinuation { asking = $0 }
    }

    /// Nobody asks any more.
    func abandon() {
        isAbandoned = true
        offered?.taken.resume()
        offered = nil
    }
}
