import DiffusionSchedulers
import Testing

@Suite("DPM-Solver, single-step")
struct DPMSolverSinglestepSchedulerTests {
    @Test("agrees with diffusers step by step", arguments: try GoldenLoop.all("dpm_single"))
    func golden(_ loop: GoldenLoop) throws {
        try loop.check(DPMSolverSinglestepScheduler.self, tolerance: loop.sigmaSpaceTolerance)
    }
}
