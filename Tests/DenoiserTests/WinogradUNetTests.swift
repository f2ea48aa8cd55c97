import DiffusionBasics
import DiffusionDenoiser
import DiffusionEngine
import DiffusionTensors
import TestSupport
import Testing

/// Whole U-Nets with every 3×3 convolution computed by Winograd's transforms, whatever the cost model says of their tiny
/// feature maps, against diffusers in Float32.
@Suite(.serialized) struct WinogradUNetTests {
    @Test(arguments: try Fixture.names(in: "unet")) func float32StaysWithinTheBar(_ name: String) throws {
        for (label, output, expected) in try run(name, .float32) {
            #expect(differences(output, from: expected, tolerance: 1e-4, name: label) == nil)
        }
    }

    /// Where bfloat16 has an error of 1.2e-2 on Stable Diffusion's U-Net.
    @Test(arguments: try Fixture.names(in: "unet")) func fixedPointStaysBelowBFloat16(_ name: String) throws {
        for (label, output, expected) in try run(name, .fixed16) {
            let error = relativeError(output, expected)
            print("\(label): rms error \(error) of the rms in fixed16")
            #expect(error <= 1.2e-2, "\(label)")
        }
    }

    private func run(_ name: String, _ arithmetic: ProductArithmetic) throws -> [(String, Tensor, Tensor)] {
        let fixture = Fixture(name)
        let tensors = try fixture.tensors()
        let context = try ComputeContext(threadCount: 2)
        let store = try fixture.weights("diffusion_pytorch_model.safetensors")
        let scope = WeightScope(store).with(arithmetic).forcing(.winograd)
        let model = UNet2DConditionModel(scope, configuration: try UNetConfiguration(fixture.configuration()))
        try context.load(scope.loads)
        let cases = tensors.keys.filter { $0.hasSuffix("/output") }.map { String($0.dropLast("/output".count)) }
        return try cases.sorted().map { name in
            let sample = try #require(tensors["\(name)/sample"])
            let given = try #require(tensors["\(name)/timestep"]).scalars.map(Double.init)
            let timesteps = given.count == 1 ? Array(repeating: given[0], count: sample.shape[0]) : given
            let output = try model(
                sample, timesteps: timesteps, context: try #require(tensors["\(name)/encoder_hidden_states"]),
                timeCondition: tensors["\(name)/timestep_cond"], in: context)
            return ("\(fixture.path) \(name)", output, try #require(tensors["\(name)/output"]))
        }
    }

    /// The rms of the difference over the rms of what is expected.
    private func relativeError(_ found: Tensor, _ expected: Tensor) -> Double {
        let (a, b) = (found.scalars.map(Double.init), expected.scalars.map(Double.init))
        let error = zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        return (error / b.reduce(0) { $0 + $1 * $1 }).squareRoot()
    }
}
