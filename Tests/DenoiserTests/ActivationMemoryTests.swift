import DiffusionBasics
import DiffusionDenoiser
import DiffusionEngine
import DiffusionTensors
import TestSupport
import Testing

/// The demand for memory does not grow with the depth of a network.
@Suite struct ActivationMemoryTests {
    @Test func aDeeperNetworkAsksTheSystemNoMoreOften() throws {
        let (shallow, deep) = (try allocationCounts(transformerLayers: 1), try allocationCounts(transformerLayers: 6))
        #expect(deep.firstCall == shallow.firstCall)
        #expect(shallow.laterCalls == 0 && deep.laterCalls == 0)
    }

    /// The estimate is above what the pool has seen, and not by much.
    @Test(arguments: [(1, 16, 16), (2, 16, 16), (1, 40, 33), (2, 64, 48), (1, 96, 96)], [1, 3])
    func theEstimateCoversWhatIsHeld(_ size: (images: Int, height: Int, width: Int), _ threadCount: Int) throws {
        for arithmetic in [ProductArithmetic.float32, .fixed16] {
            let context = try ComputeContext(threadCount: threadCount)
            let scope = WeightScope(AnyWeightSource()).with(arithmetic)
            let configuration = try configuration(1)
            let model = UNet2DConditionModel(scope, configuration: configuration)
            try context.load(scope.loads)
            let (images, height, width) = size
            _ = try model(
                .random([images, 4, height, width], seed: 1), timesteps: Array(repeating: 500, count: images),
                context: .random([images, 7, 24], seed: 2), in: context)
            let memory = ActivationMemory(arithmetic: arithmetic, threadCount: threadCount, imageCount: images)
            let estimate = configuration.activationByteCount(height: height, width: width, memory)
            let held = context.buffers.peakBytes
            #expect(held <= estimate, "\(size), \(arithmetic)")
            // Allowances for workspaces of threads are large beside such small maps.
            #expect(estimate <= 3 * held + (8 + 2 * threadCount) << 20, "\(size), \(arithmetic): \(held)")
        }
    }

    /// How often memory came from the system in the first call, and in the two calls after it.
    private func allocationCounts(transformerLayers: Int) throws -> (firstCall: Int, laterCalls: Int) {
        let context = try ComputeContext(threadCount: 1)
        let scope = WeightScope(AnyWeightSource())
        let model = UNet2DConditionModel(scope, configuration: try configuration(transformerLayers))
        try context.load(scope.loads)
        func call() throws {
            _ = try model(
                .random([1, 4, 16, 16], seed: 1), timesteps: [500], context: .random([1, 7, 24], seed: 2), in: context)
        }
        try call()
        let first = context.buffers.systemAllocationCount
        for _ in 0..<2 { try call() }
        return (first, context.buffers.systemAllocationCount - first)
    }

    private func configuration(_ transformerLayers: Int) throws -> UNetConfiguration {
        let json = """
            {"block_out_channels": [16, 32], "down_block_types": ["CrossAttnDownBlock2D", "DownBlock2D"],
             "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D"], "norm_num_groups": 8, "attention_head_dim": 2,
             "cross_attention_dim": 24, "layers_per_block": 1, "transformer_layers_per_block": \(transformerLayers)}
            """
        return try UNetConfiguration(ConfigurationReader(JSONParser.parse(json.utf8, file: "unet"), file: "unet"))
    }
}

/// Has a parameter of any name and shape, small numbers all of them.
private struct AnyWeightSource: WeightSource {
    func contains(_ name: String) -> Bool { true }

    func parameter(named name: String, shape: Shape) -> Parameter {
        let values = Tensor.random(shape, seed: UInt64(name.utf8.count), in: -0.05...0.05)
        return Parameter(name: name, shape: shape) { range, target in
            values.withUnsafeScalars { _ = target.initialize(from: $0[range]) }
        }
    }
}
