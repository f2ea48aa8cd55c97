import Diffusion
import Testing

/// What an estimate is made of: U-Net calls by their kind.
@Suite struct JobWorkloadTests {
    typealias Call = JobPlan.Call

    private static let whole = Call(isGuided: true, isShallow: false)
    private static let unguided = Call(isGuided: false, isShallow: false)
    private static let shallow = Call(isGuided: true, isShallow: true)
    private static let unguidedShallow = Call(isGuided: false, isShallow: true)

    /// Of ten calls, in order and without the prompt's alternatives.
    static let jobs: [(members: String, calls: [Call: Int])] = [
        ("", [whole: 10]),
        (#", "cfg_scale": 1"#, [unguided: 10]),
        (#", "cfg_range": "0.2..0.8""#, [whole: 6, unguided: 4]),
        (#", "cfg_range": "0..1""#, [whole: 10]),
        (#", "cfg_scale": 1, "cfg_range": "0.2..0.8""#, [unguided: 10]),
        // 0, 3, 6 and 9 are whole.
        (#", "cache": "deep:3""#, [whole: 4, shallow: 6]),
        // u: 0; 1: u shallow; 2 and 5 guided whole; 8 unguided whole, 9 shallow.
        (#", "cache": "deep:3", "cfg_range": "0.2..0.8""#, [whole: 2, shallow: 4, unguided: 2, unguidedShallow: 2]),
        (#", "n_iter": 3, "cache": "deep:10""#, [whole: 3, shallow: 27]),
    ]

    @Test(arguments: jobs) func callsAreCountedByTheirKind(members: String, calls: [JobPlan.Call: Int]) throws {
        let plan = try Jobs.job(#""prompt": "a", "steps": 10, "sampler_name": "ddim"\#(members)"#)
        let workload = try #require(plan.workloads.first)
        #expect(plan.workloads.count == 1 && workload.calls == calls)
        #expect(workload.evaluationCount == 10 * plan.renders.count && workload.renderCount == plan.renders.count)
        #expect(workload.isGuided == calls.keys.contains(where: \.isGuided))
    }

    @Test func sizesAreApartAndTheLargestComesFirst() throws {
        let plan = try Jobs.job(#""prompt": "a", "steps": 4, "sampler_name": "ddim", "matrix": {"width": [16, 64]}"#)
        #expect(plan.workloads.map(\.width) == [64, 16] && plan.workloads.map(\.evaluationCount) == [4, 4])
    }
}
