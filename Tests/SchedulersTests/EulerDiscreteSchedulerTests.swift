import DiffusionSchedulers
import Testing

@Suite("Euler")
struct EulerDiscreteSchedulerTests {
    @Test("agrees with diffusers step by step", arguments: try GoldenLoop.all("euler"))
    func golden(_ loop: GoldenLoop) throws {
        try loop.check(EulerDiscreteScheduler.self, tolerance: loop.sigmaSpaceTolerance)
    }
}
