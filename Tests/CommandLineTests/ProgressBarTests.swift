import DiffuseCLI
import Testing

struct ProgressBarTests {
    @Test func tellsPictureStepPaceAndTimeLeft() {
        var bar = ProgressBar(pictureCount: 4, stepsPerPicture: 20)
        bar.advance(picture: 0, step: 1, seconds: 0.5)
        #expect(bar.line(columnCount: 80).hasPrefix("picture 1/4 [#"))
        #expect(bar.line(columnCount: 80).hasSuffix("] step 1/20, 0.50 s/step, 40 s left"))
        bar.advance(picture: 2, step: 10, seconds: 1.5)
        #expect(bar.secondsPerStep == 1)
        #expect(bar.secondsLeft == 30)
    }

    @Test func onePictureIsNotCounted() {
        var bar = ProgressBar(pictureCount: 1, stepsPerPicture: 100)
        bar.advance(picture: 0, step: 50, seconds: 90)
        #expect(
            bar.line(columnCount: 80)
                == "[###################-------------------] step 50/100, 90.0 s/step, 1:15:00 left")
    }

    @Test(arguments: [0, 1, 10, 20, 40, 60, 80, 200])
    func fitsTheTerminal(_ columnCount: Int) {
        var bar = ProgressBar(pictureCount: 1000, stepsPerPicture: 1000)
        bar.advance(picture: 999, step: 1000, seconds: 12345.678)
        #expect(bar.line(columnCount: columnCount).count <= max(0, columnCount - 1))
    }
}
