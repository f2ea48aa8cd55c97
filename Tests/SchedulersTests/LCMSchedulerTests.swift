import DiffusionSchedulers
import Testing

@Suite("LCM")
struct LCMSchedulerTests {
    @Test("agrees with diffusers step by step", arguments: try GoldenLoop.all("lcm"))
    func golden(_ loop: GoldenLoop) throws { try loop.check(LCMScheduler.self) }
}
