import DiffusionBasics
import DiffusionRenderer

/// What all jobs of a plan share.
struct JobContext: Sendable {
    let file: JobFile
    let defaults: JobContent
    let overrides: JobSettings
    let outputName: OutputNameTemplate

    /// Reads and expands a job.
    /// - Parameter problems: takes what is wrong with it.
    /// - Returns: nil where something is.
    func compile(_ number: Int, problems: inout JobProblems) -> CompiledJob? {
        let node: JSONNode
        do {
            node = try file.node(ofJob: number)
        } catch {
            problems.add(error, job: String(number))
            return nil
        }
        let before = problems.count
        var reader = JobContentReader(
            job: label(node, number), hasVariables: file.form != .prompts, problems: problems)
        reader.read(node)
        problems = reader.problems
        guard problems.count == before else { return nil }
        var compiler = JobCompiler(number, node, reader.content, self, problems: problems)
        let job = compiler.compile()
        problems = compiler.problems
        return problems.count == before ? job : nil
    }

    private func label(_ node: JSONNode, _ number: Int) -> String {
        let id = node.object?["id"]
        return id?.string ?? id?.number?.text ?? String(number)
    }
}
