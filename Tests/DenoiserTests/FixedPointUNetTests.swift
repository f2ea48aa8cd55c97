import DiffusionDenoiser
import DiffusionEngine
import DiffusionTensors
import TestSupport
import Testing

/// Whole U-Nets in 16-bit fixed point and in 8-bit integers, for every architecture in the fixtures.
@Suite(.serialized) struct FixedPointUNetTests {
    static let arithmetics: [ProductArithmetic] = [.fixed16, .int8]

    /// Of the output, and steps of a row. In 16 bits one layer has about 2e-4, and what the layers of these small networks
    /// add up to is 1e-3 and less; in 8 bits one has 6e-3.
    private static func bound(_ arithmetic: ProductArithmetic) -> (error: Double, steps: Float) {
        arithmetic == .fixed16 ? (5e-3, 8191) : (5e-2, 127)
    }

    @Test(arguments: try Fixture.names(in: "unet"), arithmetics)
    func isNearFloat32(_ name: String, _ arithmetic: ProductArithmetic) throws {
        let fixture = Fixture(name)
        let tensors = try fixture.tensors()
        let context = try ComputeContext(threadCount: 2)
        let exact = try loadUNet(fixture, in: context)
        let fixed = try loadUNet(fixture, arithmetic: arithmetic, in: context)
        let bound = Self.bound(arithmetic)
        for name in Set(tensors.keys.filter { $0.hasSuffix("/output") }.map { String($0.dropLast(7)) }).sorted() {
            let expected = try run(exact, tensors, name, in: context)
            let error = relativeError(try run(fixed, tensors, name, in: context), expected)
            var moved = tensors
            moved["\(name)/sample"] = nudged(try #require(tensors["\(name)/sample"]), steps: bound.steps)
            let response = relativeError(try run(exact, moved, name, in: context), expected)
            let label = "\(fixture.path.split(separator: "/").last ?? "") \(name), \(arithmetic)"
            print("\(label): rms error \(error), response \(response)")
            #expect(error <= max(bound.error, 10 * response))
        }
    }

    /// Every number moved by up to a step of the row quantisation, 1/8191 or 1/127: a few norms over hardly any pixels make much of
    /// that in Float32 as well.
    private func nudged(_ sample: Tensor, steps: Float) -> Tensor {
        var generator = SeededGenerator(seed: 1)
        return sample.map { $0 * (1 + generator.float() / steps) }
    }

    /// The instruction paths too give the same bytes: integer sums, and one order of summing in norms and softmax.
    @Test(arguments: ["unet/sd1_like", "unet/sd2_like", "unet/odd_channels_bf16", "unet/uneven_heads"], arithmetics)
    func isTheSameForEveryThreadCountAndPath(_ name: String, _ arithmetic: ProductArithmetic) throws {
        let fixture = Fixture(name)
        let tensors = try fixture.tensors()
        let first = try ComputeContext(threadCount: 1, instructionPath: .portable)
        let reference = try run(loadUNet(fixture, arithmetic: arithmetic, in: first), tensors, "odd", in: first)
        for path in InstructionPath.allCases where path.isAvailable {
            for threadCount in [1, 2, 3, 8] {
                let context = try ComputeContext(threadCount: threadCount, instructionPath: path)
                let output = try run(
                    try loadUNet(fixture, arithmetic: arithmetic, in: context), tensors, "odd", in: context)
                #expect(firstDifferentBit(output, reference) == nil, "\(path.rawValue), \(threadCount) threads")
            }
        }
    }

    @Test(arguments: ["unet/sd1_like", "unet/sd2_like", "unet/scale_shift"], arithmetics)
    func imagesOfABatchAreIndependent(_ name: String, _ arithmetic: ProductArithmetic) throws {
        let fixture = Fixture(name)
        let tensors = try fixture.tensors()
        let context = try ComputeContext(threadCount: 2)
        let model = try loadUNet(fixture, arithmetic: arithmetic, in: context)
        let sample = try #require(tensors["odd/sample"])
        let timesteps = try #require(tensors["odd/timestep"]).scalars.map(Double.init)
        let text = try #require(tensors["odd/encoder_hidden_states"])
        let together = try model(sample, timesteps: timesteps, context: text, in: context)
        for image in 0..<sample.shape[0] {
            let alone = try model(
                sample.slice(image..<image + 1), timesteps: [timesteps[image]], context: text.slice(image..<image + 1),
                in: context)
            #expect(firstDifferentBit(alone, together.slice(image..<image + 1)) == nil)
        }
    }

    @Test func memoryIsReused() throws {
        let fixture = Fixture("unet/sd1_like")
        let tensors = try fixture.tensors()
        let context = try ComputeContext(threadCount: 1)
        let model = try loadUNet(fixture, arithmetic: .fixed16, in: context)
        // What lies free after the first call may be handed out otherwise in the second.
        for _ in 0..<2 { _ = try run(model, tensors, "odd", in: context) }
        let first = context.buffers.systemAllocationCount
        for _ in 0..<3 { _ = try run(model, tensors, "odd", in: context) }
        #expect(context.buffers.systemAllocationCount == first)
    }

    @Test(arguments: [Float.nan, .infinity], arithmetics)
    func whatIsNotFiniteIsAnError(_ value: Float, _ arithmetic: ProductArithmetic) throws {
        let fixture = Fixture("unet/sd1_like")
        var tensors = try fixture.tensors()
        let context = try ComputeContext(threadCount: 2)
        let model = try loadUNet(fixture, arithmetic: arithmetic, in: context)
        tensors["odd/sample"]?.withUnsafeMutableScalars { $0[$0.count / 2] = value }
        #expect(throws: NonFiniteValueError()) { try run(model, tensors, "odd", in: context) }
    }
}
