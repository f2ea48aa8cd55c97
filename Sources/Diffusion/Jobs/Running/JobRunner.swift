import DiffusionRenderer
import Synchronization

/// How a plan is run on this machine; none of it changes a picture.
public struct JobRunOptions: Sendable {
    /// How each model is loaded.
    public var pipeline: PipelineOptions
    /// Which of the plan's renders to make.
    public var shard: JobShard
    /// The most pictures that go through the U-Net together, 1 or more; nil goes by what was measured: several of a small
    /// size are faster together, of a large one they are not.
    public var batchLimit: Int?

    /// - Parameters:
    ///   - pipeline: by default all cores of the allocation.
    ///   - shard: by default everything.
    ///   - batchLimit: by default what was measured.
    public init(
        pipeline: PipelineOptions = PipelineOptions(), shard: JobShard = .whole, batchLimit: Int? = nil
    ) {
        (self.pipeline, self.shard, self.batchLimit) = (pipeline, shard, batchLimit)
    }
}

/// Runs a plan: renders what is not there yet, writes the pictures and a results file.
///
///     for try await event in JobRunner(plan).events { … }
///
/// Renders are grouped by model, size and prompt; each model is loaded once, each distinct prompt encoded once. One render
/// that fails leaves the others. A run that was stopped or killed is finished by running the plan again.
public final class JobRunner: Sendable {
    let plan: JobPlan
    let options: JobRunOptions
    let temporaries: TemporaryFiles
    /// A pipeline that is loaded already, for renders with its model.
    let loaded: DiffusionPipeline?
    private let stopFlag = Atomic<Bool>(false)

    /// - Parameters:
    ///   - plan: checked already.
    ///   - options: of this machine.
    public convenience init(_ plan: JobPlan, options: JobRunOptions = JobRunOptions()) {
        self.init(plan, options: options, temporaries: TemporaryFiles(), loaded: nil)
    }

    package init(
        _ plan: JobPlan, options: JobRunOptions, temporaries: TemporaryFiles, loaded: DiffusionPipeline? = nil
    ) {
        (self.plan, self.temporaries, self.loaded) = (plan, temporaries, loaded)
        var options = options
        options.pipeline = plan.pipelineOptions(asked: options.pipeline)
        // Keys tell the precision, and there is one of them for all renders.
        if let loaded {
            options.pipeline.precision = loaded.core.precision
            options.pipeline.memoryLimit = loaded.core.options.memoryLimit
        }
        self.options = options
    }

    /// The run, which begins when the first event is asked for. Each use of it is a run of its own.
    ///
    /// Its errors are those that keep the run from beginning (the output folder, the one model of the plan) or going on (the
    /// results file); what goes wrong with one render is told by its result. Cancelling the task ends a running step early.
    public var events: JobEvents { JobEvents(runner: self) }

    /// Makes the run end after the pictures in hand; callable from anywhere.
    public func stop() { stopFlag.store(true, ordering: .relaxed) }

    /// Whether `stop` was called.
    public var isStopAsked: Bool { stopFlag.load(ordering: .relaxed) }
}

extension JobPlan {
    /// What a run computes in: what was asked for, else what the file says.
    package func precision(asked: Precision) -> Precision {
        run.pipelineOptions(asked: PipelineOptions(precision: asked)).precision
    }
}

extension DiffusionPipeline {
    /// Runs a plan with this pipeline; models of the plan that are not this one's are loaded beside it.
    /// - Parameter options: of them, `pipeline` is for those other models.
    public func run(_ plan: JobPlan, options: JobRunOptions = JobRunOptions()) -> JobEvents {
        JobRunner(plan, options: options, temporaries: TemporaryFiles(), loaded: self).events
    }
}

/// The events of a run, which goes on while they are asked for.
public struct JobEvents: AsyncSequence, Sendable {
    let runner: JobRunner

    /// Begins a run.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(producer: Producer(runner)) }

    /// Makes the run go on, event by event.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let producer: Producer

        /// The next event, or nil after the last.
        /// - Throws: as `JobRunner.events`; `CancellationError` when the task is cancelled, after the results file says so.
        public mutating func next() async throws -> JobEvent? { try await producer.next() }
    }

    /// The task that runs; it ends with the iterator.
    final class Producer: Sendable {
        private let runner: JobRunner
        private let channel = EventChannel<JobEvent>()
        private let task = Mutex<Task<Void, Never>?>(nil)

        init(_ runner: JobRunner) { self.runner = runner }

        deinit {
            task.withLock { $0 }?.cancel()
            Task { [channel] in await channel.abandon() }
        }

        func next() async throws -> JobEvent? {
            begin()
            return try await withTaskCancellationHandler {
                try await channel.next()
            } onCancel: {
                task.withLock { $0 }?.cancel()
            }
        }

        private func begin() {
            task.withLock { task in
                guard task == nil else { return }
                task = Task { [runner, channel] in
                    do {
                        let run = try JobRun(runner) { await channel.send($0) }
                        try await run.perform()
                        await channel.finish(.success(()))
                    } catch {
                        await channel.finish(.failure((error as? ResultsError)?.underlying ?? error))
                    }
                }
            }
        }
    }
}
