import DiffusionBasics
import DiffusionDenoiser
import DiffusionEngine
import DiffusionTensors
import TestSupport
import Testing

/// Whole U-Nets against diffusers, for every architecture in the fixtures.
@Suite(.serialized) struct UNetGoldenTests {
    @Test(arguments: try Fixture.names(in: "unet")) func agreesWithDiffusers(_ name: String) throws {
        let fixture = Fixture(name)
        let tensors = try fixture.tensors()
        let context = try ComputeContext(threadCount: 2)
        let model = try loadUNet(fixture, in: context)
        let cases = Set(tensors.keys.filter { $0.hasSuffix("/output") }.map { String($0.dropLast("/output".count)) })
        #expect(!cases.isEmpty)
        for name in cases.sorted() {
            let output = try run(model, tensors, name, in: context)
            let expected = try #require(tensors["\(name)/output"])
            #expect(differences(output, from: expected, tolerance: 5e-5, name: "\(fixture.path) \(name)") == nil)
        }
    }

    @Test(arguments: ["unet/sd1_like", "unet/odd_channels_bf16"])
    func isTheSameForEveryThreadCountAndPath(_ name: String) throws {
        let fixture = Fixture(name)
        let tensors = try fixture.tensors()
        let reference = try run(loadUNet(fixture, in: .init(threadCount: 1)), tensors, "odd", in: .init(threadCount: 1))
        for path in InstructionPath.allCases where path.isAvailable {
            for threadCount in [2, 3, 8] {
                let context = try ComputeContext(threadCount: threadCount, instructionPath: path)
                let output = try run(try loadUNet(fixture, in: context), tensors, "odd", in: context)
                #expect(firstDifferentBit(output, reference) == nil, "\(path.rawValue), \(threadCount) threads")
            }
        }
    }

    /// An image of a batch has the bytes that it has alone.
    @Test(arguments: ["unet/sd1_like", "unet/sd2_like", "unet/scale_shift"])
    func imagesOfABatchAreIndependent(_ name: String) throws {
        let fixture = Fixture(name)
        let tensors = try fixture.tensors()
        let context = try ComputeContext(threadCount: 2)
        let model = try loadUNet(fixture, in: context)
        let sample = try #require(tensors["odd/sample"])
        let timesteps = try #require(tensors["odd/timestep"]).scalars.map(Double.init)
        let text = try #require(tensors["odd/encoder_hidden_states"])
        #expect(sample.shape[0] > 1)
        let together = try model(sample, timesteps: timesteps, context: text, in: context)
        for image in 0..<sample.shape[0] {
            let alone = try model(
                sample.slice(image..<image + 1), timesteps: [timesteps[image]], context: text.slice(image..<image + 1),
                in: context)
            #expect(firstDifferentBit(alone, together.slice(image..<image + 1)) == nil)
        }
    }

    /// The system is asked for memory in the first call only; a deeper network asks no more often.
    @Test func memoryIsReused() throws {
        let fixture = Fixture("unet/sd1_like")
        let tensors = try fixture.tensors()
        let context = try ComputeContext(threadCount: 1)
        let model = try loadUNet(fixture, in: context)
        _ = try run(model, tensors, "odd", in: context)
        let first = context.buffers.systemAllocationCount
        for _ in 0..<3 { _ = try run(model, tensors, "odd", in: context) }
        #expect(context.buffers.systemAllocationCount == first)
    }

    @Test func cancellationEndsACall() throws {
        let fixture = Fixture("unet/sd1_like")
        let context = try ComputeContext(threadCount: 2)
        let model = try loadUNet(fixture, in: context)
        let cancelled = context.separatelyCancelled()
        cancelled.cancel()
        #expect(throws: CancellationError.self) { try run(model, fixture.tensors(), "odd", in: cancelled) }
        _ = try run(model, fixture.tensors(), "odd", in: context)
    }
}

func loadUNet(
    _ fixture: Fixture, arithmetic: ProductArithmetic = .float32, in context: ComputeContext
) throws -> UNet2DConditionModel {
    let reader = try fixture.configuration()
    let store = try fixture.weights("diffusion_pytorch_model.safetensors")
    let scope = WeightScope(store).with(arithmetic).packed(for: context.instructionPath)
    let model = UNet2DConditionModel(scope, configuration: try UNetConfiguration(reader))
    try store.check()
    #expect(store.unreadNames == [])
    #expect(reader.unknownKeys.isEmpty)
    try context.load(scope.loads)
    return model
}

func run(
    _ model: UNet2DConditionModel, _ tensors: [String: Tensor], _ name: String, in context: ComputeContext
) throws -> Tensor {
    let sample = try #require(tensors["\(name)/sample"])
    let given = try #require(tensors["\(name)/timestep"]).scalars.map(Double.init)
    let timesteps = given.count == 1 ? Array(repeating: given[0], count: sample.shape[0]) : given
    return try model(
        sample, timesteps: timesteps, context: try #require(tensors["\(name)/encoder_hidden_states"]),
        timeCondition: tensors["\(name)/timestep_cond"], in: context)
}
