import DiffusionEngine
import DiffusionTensors
import TestSupport
import Testing

/// Operations against PyTorch's results, on every instruction path and with several threads.
@Suite struct OperationTests {
    /// Operations that `GoldenOperation` runs; the others have tests of their own.
    private static func cases() throws -> [GoldenOperation] {
        try GoldenOperation.all().filter { $0.operation != "timestep_embedding" }
    }

    /// Scores of ±150: their rounding alone is 1e-5 of a weight.
    private static let tolerances = ["attention_peaked": 2e-5]

    @Test func fixturesAreThere() throws { #expect(try Self.cases().count > 50) }

    @Test(arguments: try cases()) func agreesWithPyTorch(_ golden: GoldenOperation) throws {
        let context = try ComputeContext(threadCount: 2)
        let result = try golden.run(in: context)
        if golden.isExtreme {
            for (ours, theirs) in zip(result.scalars, try golden.expected.scalars) {
                #expect(abs(ours - theirs) <= 2e-6 * max(1, abs(theirs)), "\(golden.name): \(ours), expected \(theirs)")
            }
        } else {
            let tolerance = Self.tolerances[golden.name] ?? 2e-6
            #expect(differences(result, from: try golden.expected, tolerance: tolerance, name: golden.name) == nil)
        }
    }

    @Test(arguments: try cases()) func isTheSameOnEveryPathAndThreadCount(_ golden: GoldenOperation) throws {
        let reference = try golden.run(in: ComputeContext(threadCount: 1, instructionPath: .portable))
        for path in InstructionPath.allCases where path.isAvailable {
            for threadCount in [1, 2, 3, 8] {
                let result = try golden.run(in: ComputeContext(threadCount: threadCount, instructionPath: path))
                #expect(firstDifferentBit(result, reference) == nil, "\(path.rawValue), \(threadCount) threads")
            }
        }
    }

    /// A path that this processor lacks is named, so that a green run does not hide it.
    @Test(arguments: InstructionPath.allCases)
    func everyPathWorksOrIsNamed(_ path: InstructionPath) throws {
        if path.isAvailable {
            #expect(try ComputeContext(threadCount: 1, instructionPath: path).instructionPath == path)
        } else {
            print("skipped: this processor has no \(path.rawValue)")
            #expect(throws: InstructionPathError.self) {
                try ComputeContext(threadCount: 1, instructionPath: path)
            }
        }
    }
}
