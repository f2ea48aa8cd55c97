import Synchronization

/// What a layer is, and what one call of it took.
package struct LayerCall: Sendable {
    /// The layer's place in the checkpoint; empty where it has no weights.
    package var name: String
    /// Layers of one kind are summed up together.
    package var kind: String
    /// How it is computed.
    package var plan: String
    /// What it made.
    package var shape: String
    /// Multiplications and additions of the plain algorithm; 0 where they are not what counts.
    package var operations: Double
    /// Of the packed weights.
    package var byteCount: Int
    package var seconds: Double = 0

    package init(name: String, kind: String, plan: String, shape: String, operations: Double = 0, byteCount: Int = 0) {
        (self.name, self.kind, self.plan, self.shape) = (name, kind, plan, shape)
        (self.operations, self.byteCount) = (operations, byteCount)
    }
}

/// Collects the calls of all layers that a context computes, in order; for benchmarks.
package final class LayerProfile: Sendable {
    private let calls = Mutex<[LayerCall]>([])

    package init() {}

    func record(_ call: LayerCall) { calls.withLock { $0.append(call) } }

    /// What has been collected since the last time.
    package func take() -> [LayerCall] {
        calls.withLock { list in
            defer { list = [] }
            return list
        }
    }
}

extension ComputeContext {
    /// Runs a layer, and notes what it took where somebody wants to know.
    func measured<Result>(_ call: @autoclosure () -> LayerCall, _ body: () throws -> Result) rethrows -> Result {
        guard let profile else { return try body() }
        let start = ContinuousClock.now
        let result = try body()
        var call = call()
        call.seconds = (ContinuousClock.now - start) / .seconds(1)
        profile.record(call)
        return result
    }
}
