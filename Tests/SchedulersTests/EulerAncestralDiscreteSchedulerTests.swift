import DiffusionSchedulers
import Testing

@Suite("Euler ancestral")
struct EulerAncestralDiscreteSchedulerTests {
    @Test("agrees with diffusers step by step", arguments: try GoldenLoop.all("euler_ancestral"))
    func golden(_ loop: GoldenLoop) throws {
        try loop.check(EulerAncestralDiscreteScheduler.self, tolerance: loop.sigmaSpaceTolerance)
    }
}
