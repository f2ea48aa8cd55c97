import DiffusionSchedulers
import Testing

@Suite("UniPC")
struct UniPCMultistepSchedulerTests {
    @Test("agrees with diffusers step by step", arguments: try GoldenLoop.all("unipc"))
    func golden(_ loop: GoldenLoop) throws {
        try loop.check(UniPCMultistepScheduler.self, tolerance: loop.sigmaSpaceTolerance)
    }
}
