import DiffusionDenoiser
import DiffusionEngine
import DiffusionTensors
import TestSupport
import Testing

/// Keys and values of the text, kept from call to call.
@Suite(.serialized) struct ContextMemoryTests {
    private static let arithmetics = [ProductArithmetic.float32, .fixed16]

    /// A U-Net with the inputs of two images.
    private struct Problem {
        let context: ComputeContext
        let model: UNet2DConditionModel
        let sample: Tensor
        let text: Tensor

        init(
            _ arithmetic: ProductArithmetic, threadCount: Int = 2, instructionPath: InstructionPath = .best
        ) throws {
            let fixture = Fixture("unet/sd1_like")
            let tensors = try fixture.tensors()
            context = try ComputeContext(threadCount: threadCount, instructionPath: instructionPath)
            model = try loadUNet(fixture, arithmetic: arithmetic, in: context)
            sample = try #require(tensors["odd/sample"]).slice(0..<2)
            text = try #require(tensors["odd/encoder_hidden_states"]).slice(0..<2)
        }

        func text(_ image: Int) -> Tensor { text.slice(image..<image + 1) }

        func predict(_ sample: Tensor, _ timestep: Double, _ memories: [ContextMemory]) throws -> Tensor {
            try model(
                sample, timesteps: memories.map { _ in timestep }, context: memories, in: context)
        }

        func predict(_ sample: Tensor, _ timestep: Double, _ text: Tensor) throws -> Tensor {
            let timesteps = Array(repeating: timestep, count: text.shape[0])
            return try model(sample, timesteps: timesteps, context: text, in: context)
        }
    }

    @Test(arguments: arithmetics) func laterCallsGiveTheBytesOfTheFirst(_ arithmetic: ProductArithmetic) throws {
        let problem = try Problem(arithmetic)
        let memories = [ContextMemory(problem.text(0)), ContextMemory(problem.text(1))]
        for timestep in [900.0, 500, 1] {
            let kept = try problem.predict(problem.sample, timestep, memories)
            let anew = try problem.predict(problem.sample, timestep, problem.text)
            #expect(firstDifferentBit(kept, anew) == nil)
        }
    }

    @Test(arguments: arithmetics) func eachLayerLeavesItsOwnOnce(_ arithmetic: ProductArithmetic) throws {
        let problem = try Problem(arithmetic)
        let memories = [ContextMemory(problem.text(0)), ContextMemory(problem.text(1))]
        _ = try problem.predict(problem.sample, 900, memories)
        let counts = memories.map(\.layerCount)
        #expect(counts[0] > 1 && counts[0] == counts[1])
        let buffers = problem.context.buffers.usedBytes
        _ = try problem.predict(problem.sample, 500, memories)
        #expect(problem.context.buffers.usedBytes == buffers)
        #expect(memories.map(\.layerCount) == counts)
    }

    /// As where guidance ends, or several pictures of one prompt share a call.
    @Test(arguments: arithmetics) func memoriesServeAnyBatch(_ arithmetic: ProductArithmetic) throws {
        let problem = try Problem(arithmetic)
        let (negative, prompt) = (ContextMemory(problem.text(0)), ContextMemory(problem.text(1)))
        _ = try problem.predict(problem.sample, 900, [negative, prompt])
        let one = problem.sample.slice(0..<1)
        let alone = try problem.predict(one, 500, [prompt])
        #expect(try firstDifferentBit(alone, problem.predict(one, 500, problem.text(1))) == nil)
        let four = Tensor.concatenated([one, one, one, one])
        let together = try problem.predict(four, 500, [negative, prompt, prompt, negative])
        #expect(firstDifferentBit(together.slice(1..<2), alone) == nil)
        #expect(firstDifferentBit(together.slice(2..<3), alone) == nil)
        #expect(firstDifferentBit(together.slice(0..<1), together.slice(3..<4)) == nil)
        #expect(firstDifferentBit(together.slice(0..<1), alone) != nil)
    }

    /// One prompt's memory keeps the models that use it apart.
    @Test func modelsDoNotMixTheirLayers() throws {
        let (first, second) = (try Problem(.float32), try Problem(.fixed16))
        let memory = ContextMemory(first.text(0)), sample = first.sample.slice(0..<1)
        for problem in [first, second] {
            let kept = try problem.predict(sample, 700, [memory])
            #expect(try firstDifferentBit(kept, problem.predict(sample, 700, first.text(0))) == nil)
        }
    }

    @Test func memoryGoesWithItsOwner() throws {
        let problem = try Problem(.fixed16)
        let before = problem.context.buffers.usedBytes
        do {
            let memories = [ContextMemory(problem.text(0)), ContextMemory(problem.text(1))]
            _ = try problem.predict(problem.sample, 900, memories)
            withExtendedLifetime(memories) { #expect(problem.context.buffers.usedBytes > before) }
        }
        #expect(problem.context.buffers.usedBytes == before)
    }

    @Test func fixedPointIsTheSameForEveryThreadCountAndPath() throws {
        let reference = try Problem(.fixed16, threadCount: 1, instructionPath: .portable)
        let expected = try reference.predict(reference.sample, 300, reference.text)
        for path in InstructionPath.allCases where path.isAvailable {
            for threadCount in [1, 2, 3, 8] {
                let problem = try Problem(.fixed16, threadCount: threadCount, instructionPath: path)
                let found = try problem.predict(problem.sample, 300, problem.text)
                #expect(firstDifferentBit(found, expected) == nil, "\(path.rawValue), \(threadCount) threads")
            }
        }
    }
}
