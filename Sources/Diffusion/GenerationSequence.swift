import DiffusionSchedulers
import DiffusionTensors

/// The events of one request, computed as they are asked for.
public struct GenerationSequence: AsyncSequence, Sendable {
    /// The request that is rendered, all values fixed: the seed to tell, the size to expect.
    public let request: ResolvedRequest
    private let core: PipelineCore
    private let sampler: Sampler
    private let startingNoise: Tensor?

    init(core: PipelineCore, request: ResolvedRequest, sampler: Sampler, startingNoise: Tensor?) {
        self.core = core
        self.request = request
        self.sampler = sampler
        self.startingNoise = startingNoise
    }

    /// Begins the request anew: two iterators render it twice.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(
            run: GenerationRun(core: core, request: request, sampler: sampler, startingNoise: startingNoise))
    }

    /// Computes one event per call of `next()`.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let run: GenerationRun

        /// The next event, or nil after the last picture.
        /// - Throws: `CancellationError` within a fraction of a second after the task was cancelled; `GenerationError`,
        ///   `MemoryError`.
        public mutating func next() async throws -> GenerationEvent? {
            try Task.checkCancellation()
            return try await withTaskCancellationHandler {
                try await run.next()
            } onCancel: { [run] in
                run.cancel()
            }
        }
    }
}
