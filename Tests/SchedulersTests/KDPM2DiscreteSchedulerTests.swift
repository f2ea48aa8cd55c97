import DiffusionSchedulers
import Testing

@Suite("KDPM2")
struct KDPM2DiscreteSchedulerTests {
    @Test("agrees with diffusers step by step", arguments: try GoldenLoop.all("kdpm2"))
    func golden(_ loop: GoldenLoop) throws {
        try loop.check(KDPM2DiscreteScheduler.self, tolerance: loop.sigmaSpaceTolerance)
    }
}
