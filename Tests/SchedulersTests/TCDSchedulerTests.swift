import DiffusionSchedulers
import Testing

@Suite("TCD")
struct TCDSchedulerTests {
    @Test("agrees with diffusers step by step", arguments: try GoldenLoop.all("tcd"))
    func golden(_ loop: GoldenLoop) throws { try loop.check(TCDScheduler.self) }
}
