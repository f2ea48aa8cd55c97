import DiffusionSchedulers
import Testing

@Suite("LMS")
struct LMSDiscreteSchedulerTests {
    @Test("agrees with diffusers step by step", arguments: try GoldenLoop.all("lms"))
    func golden(_ loop: GoldenLoop) throws {
        try loop.check(LMSDiscreteScheduler.self, tolerance: loop.sigmaSpaceTolerance)
    }
}
