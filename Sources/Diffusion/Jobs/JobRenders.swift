/// The renders of a plan, in order; each is computed when it is asked for, so that a million of them take little memory.
public struct JobRenders: RandomAccessCollection, Sendable {
    public var startIndex: Int { 0 }
    public let endIndex: Int

    public subscript(position: Int) -> JobRender {
        JobRender(
            index: position, jobID: "", indexInJob: 0, source: .init(line: 1, column: 1),
            request: GenerationRequest(prompt: ""), model: JobModel(), outputPath: "", dependencies: [],
            initialRender: nil, extras: .init())
    }
}
