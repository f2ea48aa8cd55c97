import DiffusionSchedulers
import Testing

@Suite("DDPM")
struct DDPMSchedulerTests {
    @Test("agrees with diffusers step by step", arguments: try GoldenLoop.all("ddpm"))
    func golden(_ loop: GoldenLoop) throws { try loop.check(DDPMScheduler.self) }
}
