import Diffusion
import Testing

/// How one job becomes several renders, and in which order.
@Suite struct JobExpansionTests {
    @Test func aMatrixIsAProductLastKeyFastest() throws {
        let plan = try Jobs.job(#""prompt": "$a$b", "matrix": {"vars.a": ["1", "2"], "vars.b": ["x", "y", "z"]}"#)
        #expect(plan.prompts == ["1x", "1y", "1z", "2x", "2y", "2z"])
    }

    @Test func matrixThenZipThenAlternativesThenPictures() throws {
        let plan = try Jobs.job(
            #""prompt": "$m{p|q}", "seed": 7, "n_iter": 2, "matrix": {"vars.m": ["A", "B"]}, "zip": {"steps": [1, 2]}"#)
        let seen = plan.renders.map { "\($0.request.prompt)\($0.request.steps ?? 0)/\($0.request.seed ?? 0)" }
        #expect(
            seen == [
                "Ap1/7", "Ap1/8", "Aq1/7", "Aq1/8", "Ap2/7", "Ap2/8", "Aq2/7", "Aq2/8",
                "Bp1/7", "Bp1/8", "Bq1/7", "Bq1/8", "Bp2/7", "Bp2/8", "Bq2/7", "Bq2/8",
            ])
    }

    @Test func zipAdvancesTogether() throws {
        let plan = try Jobs.job(#""zip": {"sampler_name": ["DDIM", "Euler a"], "steps": [30, 20], "seed": "5..6"}"#)
        #expect(plan.renders.map(\.request.steps) == [30, 20])
        #expect(plan.renders.map(\.request.sampler) == ["DDIM", "Euler a"])
        #expect(plan.seeds == [5, 6])
    }

    @Test func exclusionsNeedEveryKey() throws {
        let matrix = #""matrix": {"steps": [1, 2], "cfg_scale": [3, 4, 5]}"#
        let plan = try Jobs.job("\(matrix), \"exclude\": [{\"steps\": 1, \"guidance_scale\": 4.0}, {\"cfg_scale\": 5}]")
        let left = plan.renders.map { "\($0.request.steps ?? 0)-\($0.request.guidanceScale ?? 0)" }
        #expect(left == ["1-3.0", "2-3.0", "2-4.0"])
        // What is not varied must fit too.
        #expect(try Jobs.job("\"width\": 32, \(matrix), \"exclude\": {\"steps\": 1, \"width\": 64}").renders.count == 6)
        #expect(try Jobs.job("\"width\": 32, \(matrix), \"exclude\": {\"steps\": 1, \"width\": 32}").renders.count == 3)
    }

    @Test func excludingEverythingIsRefused() {
        let problems = Jobs.problems(ofJob: #""matrix": {"steps": [1, 2]}, "exclude": [{"steps": 1}, {"steps": 2}]"#)
        #expect(problems.map(\.code) == ["job-file.expansion"])
    }

    @Test(arguments: [
        (#""1..3""#, [1, 2, 3]), (#""3..1""#, [3, 2, 1]), (#""2..2""#, [2]),
        (#"{"from": 4, "to": 8, "step": 2}"#, [4, 6, 8]),
        (#"{"from": 4, "to": 9, "step": 2}"#, [4, 6, 8]), (#"{"from": 8, "to": 4, "step": -2}"#, [8, 6, 4]),
        (#"{"from": 1, "to": 3}"#, [1, 2, 3]), ("[9, 7]", [9, 7]),
    ])
    func rangesCount(range: String, expected: [Int]) throws {
        #expect(try Jobs.job("\"matrix\": {\"steps\": \(range)}").renders.map { $0.request.steps ?? 0 } == expected)
    }

    /// 0.1 + 0.1 + 0.1 is not 0.3; the third value of a range is.
    @Test func rangesOfFractionsHitTheDecimalsTheyMean() throws {
        let plan = try Jobs.job(
            #""matrix": {"cfg_scale": {"from": 0.1, "to": 1, "step": 0.1}}, "exclude": [{"cfg_scale": 0.3}]"#)
        let values = plan.renders.map { $0.request.guidanceScale ?? 0 }
        #expect(values == [0.1, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
    }

    @Test(arguments: [
        #"{"from": 1, "to": 3, "step": 0}"#, #"{"from": 1, "to": 3, "step": -1}"#, #"{"from": 1}"#, #""1...3""#,
        #"{"from": 1, "to": 3, "stop": 1}"#, #"{"from": "1", "to": 3}"#, "7", "null", "[]", #""a..b""#,
        #"{"from": 0.5, "to": 3}"#, #"{"from": 1, "to": 1e300}"#, #"{"from": 0.00000000001, "to": 1}"#, #""0..3""#,
    ])
    func brokenRangesAreRefused(range: String) {
        let problems = Jobs.problems(ofJob: "\"matrix\": {\"steps\": \(range)}")
        #expect(problems.first?.field == "steps")
    }

    @Test func listsOfUnequalLengthAreRefused() {
        let problems = Jobs.problems(ofJob: #""zip": {"steps": [1, 2], "seed": [1, 2, 3]}"#)
        #expect(problems.map(\.field) == ["zip"])
        #expect(problems[0].problem.contains("3 values of seed and 2 of steps"))
    }

    @Test func keysAreVariedOnce() {
        #expect(
            Jobs.problems(ofJob: #""matrix": {"steps": [1]}, "zip": {"num_inference_steps": [2]}"#).map(\.code)
                == ["job-file.given-twice"])
    }

    @Test func picturesOfABatchCountUp() throws {
        let plan = try Jobs.job(#""seed": 18446744073709551614, "n_iter": 2, "batch_size": 2"#)
        #expect(plan.seeds == [UInt64.max - 1, UInt64.max, 0, 1])
        #expect(plan.renders.allSatisfy { $0.request.imageCount == 1 })
    }

    @Test func countsMayVaryWithTheCombination() throws {
        let plan = try Jobs.job(#""seed": 1, "matrix": {"prompt": ["a", "{b|c}"], "n_iter": [1, 2]}"#)
        let seen = plan.renders.map { "\($0.request.prompt)\($0.request.seed ?? 0)" }
        #expect(seen == ["a1", "a1", "a2", "b1", "c1", "b1", "b2", "c1", "c2"])
        #expect(plan.renders.map(\.indexInJob) == Array(0..<9))
    }

    @Test(arguments: [
        #""matrix": {"seed": "1..1000000", "cfg_scale": {"from": 0, "to": 999.999, "step": 0.001}}"#,
        #""matrix": {"seed": "1..1000000000000"}"#, #""n_iter": 1000000, "batch_size": 1000000"#,
        #""prompt": "{a|b}", "n_iter": 4000000"#, #""n_iter": 1000000000000"#,
        #""matrix": {"n_iter": [1, 100000], "seed": "1..1000"}"#,
        #""matrix": {"seed": "1..9007199254740000", "cfg_scale": {"from": 0, "to": 1000, "step": 0.001}}"#,
    ])
    func tooManyRendersAreASentence(members: String) {
        let problems = Jobs.problems(ofJob: members)
        #expect(problems.count == 1)
        #expect(problems.first?.problem.contains("5000000") == true)
    }

    @Test func tooManyRendersOfAllJobsAreASentence() {
        let problems = Jobs.problems(#"["a", {"n_iter": 5000000, "output": "{index}.png"}]"#)
        #expect(problems.map(\.code) == ["job-file.too-many"])
    }

    @Test func theCollectionIsTheSameFromAnySide() throws {
        let plan = try Jobs.job(#""prompt": "$a", "seed": -1, "n_iter": 3, "matrix": {"vars.a": ["x", "y"]}"#)
        let forwards = plan.renders.map { "\($0.index)\($0.request.prompt)\($0.request.seed ?? 0)" }
        let backwards = plan.renders.indices.reversed().map { index -> String in
            let render = plan.renders[index]
            return "\(render.index)\(render.request.prompt)\(render.request.seed ?? 0)"
        }
        #expect(forwards == backwards.reversed())
    }
}
