import DiffusionTensors

/// What layers hold of memory at most while they compute, weights left out: an estimate from above, from shapes alone.
///
/// Each number is the sum of the feature maps that a layer's own code keeps alive at its fullest moment, and of the
/// workspace of its products. Tests compare it with what the buffer pool has seen.
package struct ActivationMemory: Sendable {
    package var arithmetic: ProductArithmetic
    package var threadCount: Int
    /// Of one call.
    package var imageCount: Int

    package init(arithmetic: ProductArithmetic, threadCount: Int, imageCount: Int) {
        (self.arithmetic, self.threadCount, self.imageCount) = (arithmetic, threadCount, imageCount)
    }

    /// Size of a feature map of one level, in pixels.
    package struct Size: Sendable, Equatable {
        package var height: Int
        package var width: Int

        package init(height: Int, width: Int) { (self.height, self.width) = (height, width) }

        package var pixelCount: Int { height * width }
    }

    /// One feature map of all images.
    package func map(_ channels: Int, _ size: Size) -> Int { imageCount * size.pixelCount * channels * 4 }

    /// Rows prepared for products: as numbers of 16 bits, or as they are.
    private func prepared(_ channels: Int, _ size: Size) -> Int {
        guard let rowBytes = arithmetic.rowFormat.byteCount(inputs: channels) else { return map(channels, size) }
        return imageCount * size.pixelCount * (rowBytes + 4)
    }

    /// What a 3×3 convolution takes beside its input and output, whichever way it is computed.
    package func convolutionWorkspace(inputs: Int, outputs: Int, _ size: Size) -> Int {
        max(winogradWorkspace(inputs, outputs, size), directWorkspace(inputs, size))
    }

    /// The input normalised, and a chunk of gathered rows.
    private func directWorkspace(_ inputs: Int, _ size: Size) -> Int {
        let rows = min(imageCount * size.pixelCount, max(96, (1 << 22) / (9 * inputs)) + 96)
        let tiles = threadCount * (1 << 20)
        let rowBytes = arithmetic.rowFormat.byteCount(inputs: 9 * inputs).map { $0 + 4 } ?? 0
        return map(inputs, size) + rows * rowBytes + tiles
    }

    private func winogradWorkspace(_ inputs: Int, _ outputs: Int, _ size: Size) -> Int {
        let tiling = WinogradTiling(height: size.height, width: size.width)
        let perInput = arithmetic == .float32 ? 4 : 2
        let rowBytes = arithmetic == .float32 ? 4 * inputs : 2 * FixedRows.stride(inputs: inputs)
        // Weights that are made in every run: of one panel of outputs and one block of inputs a thread.
        let block = min(inputs, WinogradPanelLayout.longestBlock)
        let expandedWeights = threadCount * Winograd.positionCount * 64 * (block * perInput + 64)
        guard !tiling.isSmall else {
            let tiles = min(imageCount * tiling.tileCount, max(256, tiling.tileCount))
            return Winograd.positionCount * tiles * (rowBytes + outputs * 4 + 4) + expandedWeights
        }
        let products = Winograd.positionCount * 96 * (rowBytes + min(outputs, 128) * 4 + 4)
        let lines = (Winograd.windowSide * 66 + Winograd.positionCount) * inputs * 4
        return threadCount * (products + lines) + expandedWeights
    }

    /// Two 3×3 convolutions beside a residual.
    /// - Parameter isInputHeld: whether somebody else holds the input, and has counted it.
    package func resnet(inputs: Int, outputs: Int, _ size: Size, isInputHeld: Bool = false) -> Int {
        let (input, output) = (isInputHeld ? 0 : map(inputs, size), map(outputs, size))
        let first = input + output + convolutionWorkspace(inputs: inputs, outputs: outputs, size)
        let shortcut = input + 2 * output + (1 << 23)
        let second = 2 * output + convolutionWorkspace(inputs: outputs, outputs: outputs, size)
        // A residual that somebody holds is not written over.
        return max(first, shortcut, second + (isInputHeld ? output : 0))
    }

    /// Self-attention and feed-forward over the pixels of a map, beside it.
    package func transformer(_ channels: Int, _ size: Size) -> Int {
        let map = map(channels, size), rows = prepared(channels, size)
        // Keys are padded to whole groups of 64 numbers a head: 40 take as much as 64.
        let packed = arithmetic == .float32 ? 2 * map : map + map / 2 + (1 << 16) * imageCount
        let attention = 2 * map + rows + packed + 2 * map
        let inner = 4 * channels, rowCount = imageCount * size.pixelCount
        let blockCount = GatedProduct.blocks(rowCount: rowCount, width: inner).count
        let isBlocked = arithmetic != .float32 && inner % 64 == 0 && blockCount >= 2 * threadCount
        let workspace = threadCount * GatedProduct.workspace(rowCount: rowCount, width: inner)
        let gated = isBlocked ? prepared(inner, size) + workspace : 12 * map
        return max(attention, 2 * map + rows + gated)
    }

    /// An up-sampling to that size, and the convolution behind it.
    package func upsampling(_ channels: Int, from: Size, to: Size) -> Int {
        map(channels, from) + map(channels, to) + convolutionWorkspace(inputs: channels, outputs: channels, to)
    }
}
