import DiffusionSchedulers
import Testing

@Suite("DDIM")
struct DDIMSchedulerTests {
    @Test("agrees with diffusers step by step", arguments: try GoldenLoop.all("ddim"))
    func golden(_ loop: GoldenLoop) throws { try loop.check(DDIMScheduler.self) }
}
