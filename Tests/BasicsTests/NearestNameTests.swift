import DiffusionBasics
import Testing

@Suite struct NearestNameTests {
    private let names = ["guidance_scale", "steps", "seed", "width", "height", "DPM++ 2M"]

    @Test(
        arguments: [
            ("guidence-scale", "guidance_scale"), ("step", "steps"), ("sede", "seed"), ("Widht", "width"),
            ("heigth", "height"),
            ("dpm++2m", "DPM++ 2M"), ("xyz", nil), ("", nil),
        ] as [(String, String?)])
    func suggestsOnlyWhatIsNear(written: String, expected: String?) {
        #expect(nearestName(to: written, among: names) == expected)
    }

    @Test func aVeryLongNameIsNearToNothing() {
        #expect(nearestName(to: String(repeating: "steps", count: 1_000_000), among: names) == nil)
    }
}
