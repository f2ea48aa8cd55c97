import Dispatch

/// The thread that a pipeline computes on.
///
/// A denoising step is seconds of work: on Swift's cooperative pool it would keep other tasks from running.
final class EngineExecutor: SerialExecutor {
    private let queue = DispatchQueue(label: "diffusion.engine", qos: .userInitiated)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    /// Runs `work` after what was submitted before.
    func submit(_ work: @escaping @Sendable () -> Void) { queue.async(execute: work) }
}
