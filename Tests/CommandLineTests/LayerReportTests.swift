import DiffuseCLI
import DiffusionEngine
import Foundation
import Testing

/// What `diffuse benchmark --layers` tells.
@Suite struct LayerReportTests {
    private func call(_ name: String, _ kind: String, _ seconds: Double, operations: Double = 0) -> LayerCall {
        var call = LayerCall(
            name: name, kind: kind, plan: "direct", shape: "2 to 4", operations: operations, byteCount: 1_500_000)
        call.seconds = seconds
        return call
    }

    private func object(_ report: LayerReport) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any])
    }

    /// Two runs of a stage: layers appear once, with the mean of a run; kinds add up to the stage.
    @Test func meansOfRunsAddUp() throws {
        let run = [
            call("a", "convolution", 0.2, operations: 8e9), call("b", "convolution", 0.1, operations: 2e9),
            call("c", "norm", 0.05),
        ]
        let report = LayerReport(stage: "step", calls: run + run, seconds: 1, runCount: 2)
        let object = try object(report)
        let layers = try #require(object["layers"] as? [[String: Any]])
        #expect(layers.compactMap { $0["name"] as? String } == ["a", "b", "c"])
        #expect(layers.compactMap { $0["seconds"] as? Double } == [0.2, 0.1, 0.05])
        let kinds = try #require(object["kinds"] as? [[String: Any]])
        #expect(kinds.compactMap { $0["kind"] as? String } == ["convolution", "norm", "everything else"])
        let seconds = kinds.compactMap { $0["seconds"] as? Double }
        #expect(abs(seconds.reduce(0, +) - 0.5) < 1e-9 && abs(seconds[2] - 0.15) < 1e-9)
        let speed = try #require(kinds[0]["gflop_per_second"] as? Double)
        #expect(abs(speed - 10 / 0.3) < 1e-6)
        #expect(kinds[0]["weight_bytes"] as? Int == 3_000_000 && kinds[1]["gflop_per_second"] is NSNull)
        #expect(report.text.hasPrefix("step: 0.500 s\n"))
        #expect(report.text.contains("200.00") && report.text.contains("everything else"))
    }
}
