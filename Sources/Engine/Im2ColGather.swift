/// Lays out rectangles of the im2col matrix of one image: row = output pixel, column = (kernel position, channel).
struct Im2ColGather: Sendable {
    private let descriptor: Convolution2DDescriptor
    private let inputHeight: Int
    private let inputWidth: Int
    private let outputWidth: Int

    init(_ descriptor: Convolution2DDescriptor, inputHeight: Int, inputWidth: Int, outputWidth: Int) {
        self.descriptor = descriptor
        self.inputHeight = inputHeight
        self.inputWidth = inputWidth
        self.outputWidth = outputWidth
    }

    /// The input pixel that a kernel position sees from an output pixel, both counted line by line; nil beyond an edge.
    func inputPixel(of pixel: Int, position: Int) -> Int? {
        let (row, column) = position.quotientAndRemainder(dividingBy: descriptor.kernelWidth)
        let (y, x) = pixel.quotientAndRemainder(dividingBy: outputWidth)
        let inputY = y * descriptor.stride.vertical + row * descriptor.dilation.vertical - descriptor.padding.top
        let inputX =
            x * descriptor.stride.horizontal + column * descriptor.dilation.horizontal - descriptor.padding.left
        guard inputY >= 0, inputY < inputHeight, inputX >= 0, inputX < inputWidth else { return nil }
        return inputY * inputWidth + inputX
    }

    /// Fills `tile[r − rows.lowerBound, c − columns.lowerBound]`, zeros where the kernel looks beyond an edge.
    func fill(
        _ tile: UnsafeMutablePointer<Float>, stride: Int, rows: Range<Int>, columns: Range<Int>, group: Int,
        from source: UnsafePointer<Float>
    ) {
        let channels = descriptor.inputChannelsPerGroup
        var column = columns.lowerBound
        while column < columns.upperBound {
            let (position, channel) = column.quotientAndRemainder(dividingBy: channels)
            let count = min(channels - channel, columns.upperBound - column)
            gather(
                position, channels: group * channels + channel, count: count, rows: rows, stride: stride, from: source,
                into: tile + (column - columns.lowerBound))
            column += count
        }
    }

    /// One kernel position: `count` channels from channel `first` on, for every output pixel of `rows`.
    private func gather(
        _ position: Int, channels first: Int, count: Int, rows: Range<Int>, stride: Int,
        from source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>
    ) {
        let shiftY = position / descriptor.kernelWidth * descriptor.dilation.vertical - descriptor.padding.top
        let shiftX = position % descriptor.kernelWidth * descriptor.dilation.horizontal - descriptor.padding.left
        var (y, x) = rows.lowerBound.quotientAndRemainder(dividingBy: outputWidth)
        var out = target
        for _ in rows {
            let (inputY, inputX) = (
                y * descriptor.stride.vertical + shiftY, x * descriptor.stride.horizontal + shiftX
            )
            if inputY >= 0, inputY < inputHeight, inputX >= 0, inputX < inputWidth {
                let pixel = (inputY * inputWidth + inputX) * descriptor.inputChannels + first
                out.update(from: source + pixel, count: count)
            } else {
                out.update(repeating: 0, count: count)
            }
            out += stride
            x += 1
            if x == outputWidth { (y, x) = (y + 1, 0) }
        }
    }
}
