import DiffuseCLI
import Diffusion
import Testing

struct ProgressBarTests {
    private static func guided(_ count: Int) -> [JobPlan.Call] {
        Array(repeating: JobPlan.Call(isGuided: true, isShallow: false), count: count)
    }

    /// Guidance in the first half, deep features computed at every second call: 2, 0.6, 1 and 0.3 of work.
    @Test func timeLeftKnowsThatCallsDiffer() {
        let calls = JobPlan.Call.sequence(
            of: 4, isGuided: true, in: GuidanceRange(rawValue: "0..0.5"), FeatureCache(rawValue: "deep:2"))
        #expect(calls.map(\.isGuided) == [true, true, false, false])
        #expect(calls.map(\.isShallow) == [false, true, false, true])
        var bar = ProgressBar(pictureCount: 2, calls: calls)
        bar.advance(picture: 0, step: 1, seconds: 4)
        #expect(abs(bar.secondsLeft - 2 * (1.9 + 3.9)) < 1e-9)
        bar.advance(picture: 0, step: 2, seconds: 3)
        // What was measured goes before what the work tells: the other two have half the work of these.
        #expect(abs(bar.secondsLeft - (3.5 + 7 + 3.5)) < 1e-9)
        bar.advance(picture: 0, step: 3, seconds: 1)
        bar.advance(picture: 0, step: 4, seconds: 2)
        #expect(bar.secondsLeft == 10)
        #expect(bar.secondsPerStep == 2.5)
    }

    @Test func tellsPictureStepPaceAndTimeLeft() {
        var bar = ProgressBar(pictureCount: 4, calls: Self.guided(20))
        bar.advance(picture: 0, step: 1, seconds: 0.5)
        #expect(bar.line(columnCount: 80).hasPrefix("picture 1/4 [#"))
        #expect(bar.line(columnCount: 80).hasSuffix("] step 1/20, 0.50 s/step, 40 s left"))
        bar.advance(picture: 2, step: 10, seconds: 1.5)
        #expect(bar.secondsPerStep == 1)
        #expect(bar.secondsLeft == 30)
    }

    @Test func onePictureIsNotCounted() {
        var bar = ProgressBar(pictureCount: 1, calls: Self.guided(100))
        bar.advance(picture: 0, step: 50, seconds: 90)
        #expect(
            bar.line(columnCount: 80)
                == "[###################-------------------] step 50/100, 90.0 s/step, 1:15:00 left")
    }

    @Test(arguments: [0, 1, 10, 20, 40, 60, 80, 200])
    func fitsTheTerminal(_ columnCount: Int) {
        var bar = ProgressBar(pictureCount: 1000, calls: Self.guided(1000))
        bar.advance(picture: 999, step: 1000, seconds: 12345.678)
        #expect(bar.line(columnCount: columnCount).count <= max(0, columnCount - 1))
    }
}
