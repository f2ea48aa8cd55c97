import DiffusionSchedulers
import Testing

@Suite("Heun")
struct HeunDiscreteSchedulerTests {
    @Test("agrees with diffusers step by step", arguments: try GoldenLoop.all("heun"))
    func golden(_ loop: GoldenLoop) throws {
        try loop.check(HeunDiscreteScheduler.self, tolerance: loop.sigmaSpaceTolerance)
    }
}
