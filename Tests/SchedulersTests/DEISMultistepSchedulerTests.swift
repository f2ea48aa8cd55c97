import DiffusionSchedulers
import Testing

@Suite("DEIS")
struct DEISMultistepSchedulerTests {
    @Test("agrees with diffusers step by step", arguments: try GoldenLoop.all("deis"))
    func golden(_ loop: GoldenLoop) throws {
        try loop.check(DEISMultistepScheduler.self, tolerance: loop.sigmaSpaceTolerance)
    }
}
