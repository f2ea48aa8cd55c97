import DiffusionBasics
import DiffusionTensors

/// A two-dimensional convolution as a problem: what is to be computed, not how.
package struct Convolution2DDescriptor: Sendable, Equatable {
    /// Zeros added around the picture, each edge on its own.
    package struct Padding: Sendable, Equatable {
        package var top: Int
        package var bottom: Int
        package var left: Int
        package var right: Int

        package init(top: Int, bottom: Int, left: Int, right: Int) {
            (self.top, self.bottom, self.left, self.right) = (top, bottom, left, right)
        }

        package init(_ all: Int) { self.init(top: all, bottom: all, left: all, right: all) }
    }

    /// A step down and a step to the right.
    package struct Steps: Sendable, Equatable, ExpressibleByIntegerLiteral {
        package var vertical: Int
        package var horizontal: Int

        package init(vertical: Int, horizontal: Int) {
            (self.vertical, self.horizontal) = (vertical, horizontal)
        }

        package init(integerLiteral value: Int) { self.init(vertical: value, horizontal: value) }
    }

    package var inputChannels: Int
    package var outputChannels: Int
    package var kernelHeight: Int
    package var kernelWidth: Int
    package var stride: Steps
    package var padding: Padding
    package var dilation: Steps
    package var groups: Int

    /// A square kernel; the other values default to PyTorch's.
    package init(
        inputChannels: Int, outputChannels: Int, kernel: Int, stride: Steps = 1, padding: Padding = Padding(0),
        dilation: Steps = 1, groups: Int = 1
    ) {
        self.init(
            inputChannels: inputChannels, outputChannels: outputChannels, kernelHeight: kernel, kernelWidth: kernel,
            stride: stride, padding: padding, dilation: dilation, groups: groups)
    }

    package init(
        inputChannels: Int, outputChannels: Int, kernelHeight: Int, kernelWidth: Int, stride: Steps = 1,
        padding: Padding = Padding(0), dilation: Steps = 1, groups: Int = 1
    ) {
        ensure(
            groups > 0 && inputChannels % groups == 0 && outputChannels % groups == 0,
            "\(inputChannels) to \(outputChannels) channels in \(groups) groups")
        ensure(
            min(stride.vertical, stride.horizontal, dilation.vertical, dilation.horizontal) > 0
                && min(kernelHeight, kernelWidth) > 0, "convolution without extent")
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.kernelHeight = kernelHeight
        self.kernelWidth = kernelWidth
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.groups = groups
    }

    var inputChannelsPerGroup: Int { inputChannels / groups }
    var outputChannelsPerGroup: Int { outputChannels / groups }
    var kernelPositions: Int { kernelHeight * kernelWidth }

    /// The shape of the weight in a checkpoint: `[out, in / groups, kernel height, kernel width]` (OIHW).
    package var weightShape: Shape { [outputChannels, inputChannelsPerGroup, kernelHeight, kernelWidth] }

    /// Whether each output pixel sees just its own input pixel.
    var isPointwise: Bool {
        kernelPositions == 1 && stride == 1 && padding == Padding(0) && groups == 1
    }

    /// The output's height and width for an input of that size, as PyTorch computes them; zero where nothing fits.
    package func outputSize(height: Int, width: Int) -> (height: Int, width: Int) {
        (
            Self.extent(
                height + padding.top + padding.bottom, kernel: kernelHeight, dilation.vertical, stride.vertical),
            Self.extent(
                width + padding.left + padding.right, kernel: kernelWidth, dilation.horizontal, stride.horizontal)
        )
    }

    private static func extent(_ padded: Int, kernel: Int, _ dilation: Int, _ stride: Int) -> Int {
        let reach = dilation * (kernel - 1) + 1
        return padded < reach ? 0 : (padded - reach) / stride + 1
    }
}
