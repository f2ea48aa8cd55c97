import DiffusionSchedulers
import Testing

@Suite("PNDM")
struct PNDMSchedulerTests {
    @Test("agrees with diffusers step by step", arguments: try GoldenLoop.all("pndm"))
    func golden(_ loop: GoldenLoop) throws { try loop.check(PNDMScheduler.self) }
}
