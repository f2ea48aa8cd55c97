import CDiffusionKernels
import DiffusionBasics
import DiffusionTensors

/// A 3×3 convolution of stride 1 by Winograd's F(4×4, 3×3) (Lavin and Gray 2015): a quarter of the multiplications.
///
/// Tiles of 4 × 4 outputs with their windows of 6 × 6 inputs are transformed, multiplied position by position of the
/// transform, and transformed back (`DiffusionWinograd.h`). A large picture is cut into blocks of tiles, and a thread
/// takes one through all three stages, so that the transforms stay in its cache. Of small pictures all tiles go through
/// each stage together and the threads share the 36 products, or the outputs, so that the weights are fetched once.
///
/// The weights of the 36 products take four times the space of the 3 × 3 ones: they stand ready, or are made in each run.
struct WinogradPlan: ConvolutionPlan {
    let method: ConvolutionMethod
    private let descriptor: Convolution2DDescriptor
    private let products: any WinogradProducts

    /// - Parameter method: `winograd` or `frugalWinograd`.
    init(
        _ method: ConvolutionMethod, _ descriptor: Convolution2DDescriptor, _ weight: Parameter,
        _ arithmetic: ProductArithmetic, for path: InstructionPath
    ) throws {
        ensure(Self.covers(descriptor), "Winograd's transforms on \(descriptor)")
        (self.method, self.descriptor) = (method, descriptor)
        products = try arithmetic.winogradProducts(weight, isExpanded: method == .winograd, for: path)
    }

    /// Whether a convolution can be computed so.
    static func covers(_ descriptor: Convolution2DDescriptor) -> Bool {
        descriptor.kernelHeight == 3 && descriptor.kernelWidth == 3 && descriptor.stride == 1
            && descriptor.dilation == 1 && descriptor.groups == 1
    }

    func run(_ call: ConvolutionCall) throws {
        let run = WinogradRun(call, products)
        if run.tiling.isSmall { try run.together() } else { try run.byBlocks() }
    }
}
