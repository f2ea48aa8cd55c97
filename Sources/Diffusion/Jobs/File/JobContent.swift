import DiffusionBasics

/// What the text of one job, or of `defaults`, says.
struct JobContent: Sendable {
    var id: String?
    var settings = JobSettings()
    var axes: [JobAxis] = []
    var exclusions: [(values: [(key: JobKey, value: JobValue)], position: JSONNode.Position)] = []
    var dependsOn: [(name: String, position: JSONNode.Position)] = []
    var extras = JSONObject()
    /// A1111's keys that would change a picture with a mask.
    var maskKeys: [(key: JobForeignKey, node: JSONNode)] = []

    /// Keys of a job that are no fields: what it is called, and how it becomes several.
    enum Structure: String, CaseIterable {
        case id
        case dependsOn = "depends_on"
        case vars
        case matrix
        case zip
        case exclude

        var doc: String {
            switch self {
            case .id: "The job's name, in messages and for `{job}`; its place in the file, from 0, if absent."
            case .dependsOn: "Jobs, by their ids, or outputs that must be there first; all of them stand further up."
            case .vars: "Values of the variables in prompts: `{\"animal\": \"fox\"}` for `$animal`."
            case .matrix: "Lists or ranges of values by key; the job is rendered with every combination."
            case .zip: "Lists of one length by key, which advance together."
            case .exclude: "Combinations that are left out: objects of which every key fits."
            }
        }
    }

    static let overrideSettings = "override_settings"
    /// A1111's API takes its value where `sampler_name` has none.
    static let samplerIndex = "sampler_index"
    static let extraPrefix = "x_"
}
