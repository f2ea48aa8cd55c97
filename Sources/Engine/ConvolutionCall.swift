import DiffusionBasics
import DiffusionTensors

/// One run of a convolution: where its pixels come from, where its outputs go, and what is added to these.
struct ConvolutionCall: Sendable {
    let descriptor: Convolution2DDescriptor
    let input: ConvolutionInput
    let reader: PixelReader
    /// `[images, height, width, channels]`
    let outputShape: Shape
    let target: SharedPointer<Float>
    /// None, one for all images, or one per image.
    let biases: [[Float]]
    /// One number per output, laid out like it; may be the output itself.
    let residual: SharedConstPointer<Float>?
    let context: ComputeContext

    var imageCount: Int { outputShape[0] }
    /// Elements of one image's output.
    var outputLength: Int { outputShape[1] * outputShape[2] * outputShape[3] }
    /// Pixels of one image's output.
    var pixelCount: Int { outputShape[1] * outputShape[2] }

    func bias(ofImage image: Int) -> [Float]? {
        biases.isEmpty ? nil : biases[min(image, biases.count - 1)]
    }
}
