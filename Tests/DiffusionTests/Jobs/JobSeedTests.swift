import Diffusion
import DiffusionBasics
import Testing

/// Seeds that a job does not name.
@Suite struct JobSeedTests {
    /// SHA-256 of `{"prompt":"a","seed":-1}`, a line feed and the render's index, its first 32 bits.
    @Test func aSeedIsTheHashOfTheJobsTextAndTheIndex() throws {
        let plan = try Jobs.plan(#"["x", { "prompt": "a", "seed": -1 }]"#)
        let expected = SHA256.hexadecimal(Array("{\"prompt\":\"a\",\"seed\":-1}\n1".utf8)).prefix(8)
        #expect(plan.seeds[1] == UInt64(expected, radix: 16))
    }

    @Test func jobsOfOneTextHaveSeedsOfTheirOwn() throws {
        let plan = try Jobs.plan(#"["a", "a", {"prompt": "a"}, {"prompt": "a", "seed": -1}]"#)
        #expect(Set(plan.seeds).count == 4)
        #expect(plan.seeds.allSatisfy { $0 <= UInt64(UInt32.max) })
    }

    @Test func seedsAreTheSameInEveryRunAndForm() throws {
        let array = try Jobs.plan(#"["a cat", "a dog"]"#)
        #expect(try Jobs.plan(#"[ "a cat",   "a dog" ]"#).seeds == array.seeds)
        #expect(try Jobs.plan("a cat\na dog", name: "t.txt").seeds == array.seeds)
        #expect(try Jobs.plan(#"{"jobs": ["a cat", "a dog"], "defaults": {"steps": 3}}"#).seeds == array.seeds)
        #expect(try Jobs.plan(#"["a cat", "a dog", "a fox"]"#).seeds.prefix(2) == array.seeds[...])
    }

    @Test func picturesOfABatchCountFromIt() throws {
        let plan = try Jobs.job(#""prompt": "{a|b}", "n_iter": 3"#)
        let (first, second) = (plan.seeds[0], plan.seeds[3])
        #expect(plan.seeds == [first, first + 1, first + 2, second, second + 1, second + 2])
        #expect(first != second)
    }

    @Test func minusOneInAMatrixIsFixedToo() throws {
        let plan = try Jobs.job(#""matrix": {"seed": [5, -1, -1]}"#)
        #expect(plan.seeds[0] == 5)
        #expect(Set(plan.seeds).count == 3)
    }

    @Test func anOverrideFixesAllOfThem() throws {
        #expect(try Jobs.job(#""matrix": {"seed": "1..3"}"#, overrides: ["seed=9"]).seeds == [9])
    }
}
