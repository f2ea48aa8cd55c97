import DiffusionBasics
import DiffusionRenderer
import Foundation

/// The results file cannot be written: the run cannot go on.
struct ResultsError: Error {
    var underlying: FileSystemError
}

extension JobRun {
    /// Writes a picture, and its line.
    func finish(_ image: GeneratedImage, _ item: Item) async throws {
        var item = item
        item.seconds.denoise = image.seconds.denoising
        item.seconds.decode = image.seconds.decoding
        item.warnings += image.warnings
        let start = ContinuousClock.now
        do {
            let key = try await key(of: item.render)
            let (path, sha256, isPromptCut) = try await write(image, item, key: key)
            if isPromptCut {
                item.warnings.append("The prompt is too long for the file's metadata and stands there in part.")
            }
            item.seconds.write = (ContinuousClock.now - start).seconds
            try await end(item, .done, file: path, sha256: sha256)
        } catch let error where !(error is CancellationError || error is ResultsError) {
            if let path = try await pathOfAnotherRun(item, after: error) {
                return try await end(item, .skipped, file: path)
            }
            item.seconds.write = (ContinuousClock.now - start).seconds
            try await end(item, .failed, error: error)
            if error.isTransient { try await giveUpWritingAfterMany() }
        }
    }

    /// A full disk takes none of the pictures to come, each of which costs its rendering first.
    private func giveUpWritingAfterMany() async throws {
        unwrittenCount += 1
        guard unwrittenCount == Self.mostUnwritten, !isOver else { return }
        isOver = true
        await warn("\(unwrittenCount) pictures in a row could not be written: the run ends here.")
    }

    private static let mostUnwritten = 3

    /// Tries again where the trouble may pass: the picture need not be rendered anew.
    private func write(
        _ image: GeneratedImage, _ item: Item, key: String
    ) async throws -> (path: String, sha256: String, isPromptCut: Bool) {
        var attempt = 0
        while true {
            do {
                return try folder.write(image, to: item.render.outputPath, key: key, item.policy)
            } catch let error where error.isTransient && attempt < plan.run.retries {
                attempt += 1
                try await pause(beforeAttempt: attempt, after: error)
            }
        }
    }

    /// Where another run of the same job has written the same picture since this one looked.
    private func pathOfAnotherRun(_ item: Item, after error: any Error) async throws -> String? {
        guard case .exists? = error as? OutputError, let found = try? folder.find(item.render.outputPath) else {
            return nil
        }
        switch plan.output.onExists {
        case .skip: return found.path
        case .resume: return try await key(of: item.render) == found.key && found.isComplete ? found.path : nil
        default: return nil
        }
    }

    func end(
        _ item: Item, _ status: JobResult.Status, file: String? = nil, sha256: String? = nil, error: (any Error)? = nil
    ) async throws {
        var result = await result(for: item.render, status, file: file, error: error)
        result.parameters = item.render.parameters(resolved: item.request)
        (result.sha256, result.seconds, result.warnings) = (sha256, item.seconds, item.warnings)
        try await record(result, item.render)
    }

    /// For a render that was not begun.
    func end(
        _ render: JobRender, _ status: JobResult.Status, file: String? = nil, error: (any Error)? = nil
    ) async throws {
        try await record(await result(for: render, status, file: file, error: error), render)
    }

    private func result(
        for render: JobRender, _ status: JobResult.Status, file: String?, error: (any Error)?
    ) async -> JobResult {
        // One that is stopped does not wait for the digest of a large model.
        let key = status == .cancelled ? nil : try? await key(of: render)
        return JobResult(
            index: render.index, job: render.jobID, status: status, key: key, file: file,
            parameters: render.parameters(resolved: nil), peakMemory: ProcessUsage.peakMemory,
            error: error.map(JobResult.Failure.init), endedAt: Date().timeIntervalSince1970)
    }

    private func record(_ result: JobResult, _ render: JobRender) async throws {
        do {
            try results.write(result)
        } catch let error as FileSystemError {
            throw ResultsError(underlying: error)
        }
        summary.count(result)
        if order.needed.contains(render.index) {
            places[render.index] = result.file
            if !result.isThere { missing.insert(render.index) }
        }
        if result.status == .done { unwrittenCount = 0 }
        if result.status == .failed, plan.run.onError == .stop { isOver = true }
        await report(.ended(result, work: render.work))
    }
}
