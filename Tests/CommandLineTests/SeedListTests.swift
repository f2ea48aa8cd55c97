import DiffuseCLI
import Testing

struct SeedListTests {
    @Test(
        arguments: [
            ("7", 1, [7]), ("1,2,5..9", 1, [1, 2, 5, 6, 7, 8, 9]), ("3..3", 1, [3]),
            ("10, 20", 3, [10, 11, 12, 20, 21, 22]),
            ("18446744073709551615", 2, [UInt64.max, 0]),
        ] as [(String, Int, [UInt64])])
    func lists(_ text: String, _ batchCount: Int, _ expected: [UInt64]) throws {
        let list = try SeedList(text)
        #expect(try list.seeds(batchCount: batchCount) == expected)
        #expect(!list.isDrawn)
    }

    @Test(arguments: ["", "-2", "1.5", "x", "1,", "9..5", "1..2..3", "..", "18446744073709551616", "1..", "+-1"])
    func refuses(_ text: String) {
        #expect(throws: UsageError.self) { try SeedList(text) }
    }

    @Test(arguments: [nil, "-1", "4,-1"])
    func drawsSeeds(_ text: String?) throws {
        let list = try SeedList(text)
        let seeds = try list.seeds(batchCount: 2)
        let last = seeds.suffix(2)
        #expect(list.isDrawn && last.last == last.first.map { $0 + 1 })
        #expect(seeds.count == (text == "4,-1" ? 4 : 2))
    }

    @Test func aRunHasAMillionPicturesAtMost() throws {
        #expect(try SeedList("1..1000000").seeds(batchCount: 1).count == 1_000_000)
        #expect(throws: UsageError.self) { try SeedList("0..1000000").seeds(batchCount: 1) }
        #expect(throws: UsageError.self) { try SeedList("0..18446744073709551615").seeds(batchCount: 1) }
        #expect(throws: UsageError.self) { try SeedList("1,2,3").seeds(batchCount: 400_000) }
    }

    @Test func neighboursAreShownAsRanges() {
        #expect(SeedList.text(of: [7]) == "7")
        #expect(SeedList.text(of: [1, 2, 3, 9, 8, 8]) == "1..3,9,8,8")
        #expect(SeedList.text(of: [.max, 0]) == "18446744073709551615,0")
    }
}
