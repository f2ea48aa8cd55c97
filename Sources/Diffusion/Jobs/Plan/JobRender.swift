import DiffusionBasics

/// One picture of a job file, every value fixed that the file and the model's card can fix.
public struct JobRender: Sendable {
    /// Its place in the plan, from 0: shard k of n takes those whose index is k modulo n.
    public var index: Int
    /// The job's `id`, or the job's place in the file, from 0.
    public var jobID: String
    /// Its place among the renders of its job, from 0.
    public var indexInJob: Int
    /// Where the job stands in its file.
    public var source: JSONNode.Position
    /// One picture: the seed is set, `imageCount` is 1.
    public var request: GenerationRequest
    /// What renders it.
    public var model: JobModel
    /// The file's path within the output folder.
    public var outputPath: String
    /// Indices of renders that must be there first, all smaller than this one's; `joined()` gives them one by one.
    public var dependencies: [Range<Int>]
    /// The render whose picture this one begins with, where `init_images` names its output.
    public var initialRender: Int?
    /// The same for `mask`.
    public var maskRender: Int?
    /// The `x_…` keys of the file, for other programs.
    public var extras: JSONObject
}
