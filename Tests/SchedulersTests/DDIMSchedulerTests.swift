import DiffusionSchedulers
import Testing

@Suite("DDIM")
struct DDIMSchedulerTests {
    @Test("agrees with diffusers step by step", arguments: try GoldenLoop.all("ddim"))
    func golden(_ loop: GoldenLoop) throws { try loop.check(DDIMScheduler.self) }

    @Test("trailing spacing has no step at timestep −1, where rounding gives diffusers one")
    func trailingCount() throws {
        let scheduler = try DDIMScheduler(
            configuration: SchedulerConfiguration(), stepCount: 61, options: SamplerOptions(timestepSpacing: .trailing))
        let timesteps = scheduler.evaluations.map(\.timestep)
        #expect(timesteps.count == 61)
        #expect(timesteps.prefix(3) == [999, 983, 966])
        #expect(timesteps.suffix(2) == [32, 15])
    }

    @Test("eta outside 0 to 1 is refused")
    func eta() {
        for eta in [-0.1, 1.1, .nan, .infinity] {
            #expect(throws: SchedulerError.self) {
                try DDIMScheduler(
                    configuration: SchedulerConfiguration(), stepCount: 5, options: SamplerOptions(eta: eta))
            }
        }
    }
}
