import DiffusionBasics
import DiffusionTensors

/// Two normalised 3×3 convolutions and a residual, told the timestep (diffusers `ResnetBlock2D`, without up- and
/// down-sampling inside).
package struct ResnetBlock2D: Sendable {
    /// How the time embedding enters.
    package enum TimeEmbeddingNorm: String, Sendable, CaseIterable {
        /// Added before the second norm.
        case add = "default"
        /// Scales and shifts after the second norm.
        case scaleShift = "scale_shift"
    }

    /// What all blocks of a network share.
    package struct Style: Sendable {
        package var groups: Int
        package var epsilon: Double
        package var activation: Activation
        /// Width of the time embedding; nil where there is none (the autoencoder).
        package var timeChannels: Int?
        package var timeNorm: TimeEmbeddingNorm
        package var outputScaleFactor: Float

        package init(
            groups: Int, epsilon: Double, activation: Activation = .silu, timeChannels: Int? = nil,
            timeNorm: TimeEmbeddingNorm = .add, outputScaleFactor: Float = 1
        ) {
            self.groups = groups
            self.epsilon = epsilon
            self.activation = activation
            self.timeChannels = timeChannels
            self.timeNorm = timeNorm
            self.outputScaleFactor = outputScaleFactor
        }
    }

    private let style: Style
    private let norm1: GroupNorm
    private let conv1: Convolution2D
    private let timeProjection: Linear?
    private let norm2: GroupNorm
    private let conv2: Convolution2D
    private let shortcut: Convolution2D?

    package init(_ scope: WeightScope, inputs: Int, outputs: Int, style: Style) {
        self.style = style
        norm1 = GroupNorm(scope["norm1"], groups: style.groups, channels: inputs, epsilon: style.epsilon)
        norm2 = GroupNorm(scope["norm2"], groups: style.groups, channels: outputs, epsilon: style.epsilon)
        let padding = Convolution2DDescriptor.Padding(1)
        conv1 = Convolution2D(
            scope["conv1"], .init(inputChannels: inputs, outputChannels: outputs, kernel: 3, padding: padding))
        conv2 = Convolution2D(
            scope["conv2"], .init(inputChannels: outputs, outputChannels: outputs, kernel: 3, padding: padding))
        let timeOutputs = style.timeNorm == .scaleShift ? 2 * outputs : outputs
        timeProjection = style.timeChannels.map {
            Linear(scope["time_emb_proj"], inputs: $0, outputs: timeOutputs)
        }
        shortcut =
            inputs == outputs
            ? nil
            : Convolution2D(
                scope["conv_shortcut"], .init(inputChannels: inputs, outputChannels: outputs, kernel: 1))
    }

    /// - Parameters:
    ///   - input: `[images, height, width, inputs]`; passed on by its last holder, it goes as early as it can.
    ///   - skip: a second feature map, joined to the input by channels (the inputs are those of both).
    ///   - activatedTime: the time embedding after the activation, `[images, time channels]`.
    package func callAsFunction(
        _ input: consuming Tensor, joining skip: consuming Tensor? = nil, activatedTime: Tensor? = nil,
        in context: ComputeContext
    ) throws -> Tensor {
        let time = try projectedTime(activatedTime, in: context)
        let (hidden, residual) = try firstHalf(consume input, consume skip, time, in: context)
        var normalization = try norm2.normalization(
            of: ConvolutionInput(hidden), activation: style.activation, in: context)
        if style.timeNorm == .scaleShift, let (scales, shifts) = time?.halvedColumns() {
            normalization = normalization.scaled(by: scales, shiftedBy: shifts)
        }
        let sum = try conv2(
            ConvolutionInput(hidden).normalized(normalization), residual: consume residual, in: context)
        return style.outputScaleFactor == 1 ? sum : try scaled(sum, by: 1 / style.outputScaleFactor, in: context)
    }

    /// What the second convolution reads, and what it adds to; a wide input is not held any longer.
    private func firstHalf(
        _ first: consuming Tensor, _ skip: consuming Tensor?, _ time: Tensor?, in context: ComputeContext
    ) throws -> (hidden: Tensor, residual: Tensor) {
        let input = ConvolutionInput(consume first, joining: consume skip)
        let normalization = try norm1.normalization(of: input, activation: style.activation, in: context)
        let hidden = try conv1(
            input.normalized(normalization), adding: style.timeNorm == .add ? time : nil, in: context)
        if let shortcut { return (hidden, try shortcut.replacing(consume input, in: context)) }
        return (hidden, try input.tensor(in: context))
    }

    private func projectedTime(_ activatedTime: Tensor?, in context: ComputeContext) throws -> Tensor? {
        guard let timeProjection, let activatedTime else { return nil }
        return try timeProjection(activatedTime, in: context)
    }
}

extension Tensor {
    /// The left and right halves of the columns of a matrix, copied.
    fileprivate func halvedColumns() -> (Tensor, Tensor) {
        let (rows, width) = (shape[0], shape[1] / 2)
        let all = scalars
        func half(_ offset: Int) -> Tensor {
            Tensor(shape: [rows, width]) { target in
                for index in target.indices {
                    target[index] = all[index / width * 2 * width + offset + index % width]
                }
            }
        }
        return (half(0), half(width))
    }
}
