import DiffusionBasics
import DiffusionDenoiser
import DiffusionEngine
import DiffusionTensors
import TestSupport
import Testing

/// Runs of U-Net calls that reuse deep features, against the authors' own helper (DeepCache 0.1.1, branch 1).
@Suite(.serialized) struct DeepFeatureCacheTests {
    @Test(arguments: try Fixture.names(in: "deep_cache")) func agreesWithTheAuthorsHelper(_ name: String) throws {
        let tensors = try Fixture(name).tensors()
        let model = Fixture("unet/\(name.split(separator: "/").last ?? "")")
        let context = try ComputeContext(threadCount: 2)
        let unet = try loadUNet(model, in: context)
        for (run, interval) in [("every_third", 3), ("every_second", 2)] {
            var cache: DeepFeatureCache? = DeepFeatureCache(interval: interval)
            for call in try calls(of: run, in: tensors) {
                let output = try unet(
                    call.sample, timesteps: call.timesteps, context: memories(call.context), cache: &cache, in: context)
                let label = "\(name) \(run) \(call.index)"
                #expect(differences(output, from: call.output, tolerance: 5e-5, name: label) == nil)
            }
        }
    }

    /// Whole calls are those of a model without a cache, bit for bit; shallow ones are not.
    @Test func everyThirdCallIsWhole() throws {
        let tensors = try Fixture("deep_cache/sd1_like").tensors()
        let context = try ComputeContext(threadCount: 1)
        let unet = try loadUNet(Fixture("unet/sd1_like"), in: context)
        var cache: DeepFeatureCache? = DeepFeatureCache(interval: 3)
        let isWhole = try calls(of: "every_third", in: tensors).map { call in
            let output = try unet(
                call.sample, timesteps: call.timesteps, context: memories(call.context), cache: &cache, in: context)
            let exact = try unet(call.sample, timesteps: call.timesteps, context: call.context, in: context)
            return firstDifferentBit(output, exact) == nil
        }
        #expect(isWhole == [true, false, false, true, false, false, true])
    }

    /// Guidance that begins or ends between two calls changes how many images there are: no row is reused for another.
    @Test func anotherNumberOfImagesMakesACallWhole() throws {
        let tensors = try Fixture("deep_cache/sd1_like").tensors()
        let context = try ComputeContext(threadCount: 1)
        let unet = try loadUNet(Fixture("unet/sd1_like"), in: context)
        var cache: DeepFeatureCache? = DeepFeatureCache(interval: 100)
        for (call, rows) in zip(try calls(of: "every_third", in: tensors), [2, 1, 1, 2, 2]) {
            let (sample, text) = (call.sample.slice(0..<rows), call.context.slice(0..<rows))
            let timesteps = Array(call.timesteps.prefix(rows))
            let output = try unet(sample, timesteps: timesteps, context: memories(text), cache: &cache, in: context)
            let exact = try unet(sample, timesteps: timesteps, context: text, in: context)
            #expect((firstDifferentBit(output, exact) == nil) == [0, 1, 3].contains(call.index), "\(call.index)")
        }
    }

    @Test func imagesOfABatchAreIndependent() throws {
        let tensors = try Fixture("deep_cache/sd1_like").tensors()
        let context = try ComputeContext(threadCount: 2)
        let unet = try loadUNet(Fixture("unet/sd1_like"), in: context)
        var both: DeepFeatureCache? = DeepFeatureCache(interval: 3)
        var alone = both
        for call in try calls(of: "every_third", in: tensors) {
            let together = try unet(
                call.sample, timesteps: call.timesteps, context: memories(call.context), cache: &both, in: context)
            let second = try unet(
                call.sample.slice(1..<2), timesteps: [call.timesteps[1]],
                context: memories(call.context.slice(1..<2)), cache: &alone, in: context)
            #expect(firstDifferentBit(together.slice(1..<2), second) == nil)
        }
    }

    private func memories(_ context: Tensor) -> [ContextMemory] {
        (0..<context.shape[0]).map { ContextMemory(context.slice($0..<$0 + 1)) }
    }

    private struct Call {
        var index: Int
        var sample: Tensor
        var timesteps: [Double]
        var context: Tensor
        var output: Tensor
    }

    private func calls(of run: String, in tensors: [String: Tensor]) throws -> [Call] {
        let timesteps = try #require(tensors["\(run)/timestep"]).scalars
        let context = try #require(tensors["\(run)/encoder_hidden_states"])
        return try timesteps.enumerated().map { index, timestep in
            Call(
                index: index, sample: try #require(tensors["\(run)/sample.\(index)"]),
                timesteps: Array(repeating: Double(timestep), count: context.shape[0]), context: context,
                output: try #require(tensors["\(run)/output.\(index)"]))
        }
    }
}
