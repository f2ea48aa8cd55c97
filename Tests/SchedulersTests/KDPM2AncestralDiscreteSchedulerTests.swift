import DiffusionSchedulers
import Testing

@Suite("KDPM2 ancestral")
struct KDPM2AncestralDiscreteSchedulerTests {
    @Test("agrees with diffusers step by step", arguments: try GoldenLoop.all("kdpm2_ancestral"))
    func golden(_ loop: GoldenLoop) throws {
        try loop.check(KDPM2AncestralDiscreteScheduler.self, tolerance: loop.sigmaSpaceTolerance)
    }
}
