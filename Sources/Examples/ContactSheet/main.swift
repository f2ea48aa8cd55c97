// Renders the pictures of a job file and lays them out on one sheet.
//
//     swift run -c release ExampleContactSheet jobs.json sheet.png
import Diffusion

let arguments = Array(CommandLine.arguments.dropFirst())
let plan = try JobPlan(JobFile(contentsOf: arguments.first ?? "jobs.json"))
var sheet = ContactSheet(columnCount: 4)

for try await event in JobRunner(plan).events {
    switch event {
    case .ended(let result, _):
        if let error = result.error { print("render \(result.index): \(error.message)") }
        // Also those that an earlier run has made.
        if result.isThere, let file = result.file { try sheet.add(file, at: result.index) }
    case .finished(let summary): print("\(summary.doneCount) rendered, \(summary.skippedCount) there already")
    default: break
    }
}
try sheet.write(to: arguments.dropFirst().first ?? "sheet.png")
