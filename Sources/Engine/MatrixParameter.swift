import DiffusionBasics
import DiffusionTensors

/// A weight matrix as a checkpoint holds it, seen as `[outputs, inputs]`.
package struct MatrixParameter: Sendable {
    let parameter: Parameter
    let outputCount: Int
    let inputCount: Int
    /// Reorders one output's inputs from the file's order into the plan's; nil leaves them.
    let reorderInputs: (@Sendable (UnsafeBufferPointer<Float>, UnsafeMutableBufferPointer<Float>) -> Void)?

    init(
        _ parameter: Parameter, outputCount: Int, inputCount: Int,
        reorderInputs: (@Sendable (UnsafeBufferPointer<Float>, UnsafeMutableBufferPointer<Float>) -> Void)? = nil
    ) {
        ensure(
            parameter.shape.elementCount == outputCount * inputCount,
            "\(parameter.name) of \(parameter.shape) as a matrix \(outputCount)×\(inputCount)")
        self.parameter = parameter
        self.outputCount = outputCount
        self.inputCount = inputCount
        self.reorderInputs = reorderInputs
    }

    /// Reads outputs `range`, each with its inputs in the plan's order.
    /// - Parameter target: room for `range.count` × `inputCount` floats.
    func readRows(_ range: Range<Int>, into target: UnsafeMutableBufferPointer<Float>) throws {
        let elements = range.lowerBound * inputCount..<range.upperBound * inputCount
        guard let reorderInputs else { return try parameter.read(elements, into: target) }
        let scratch = UnsafeMutableBufferPointer<Float>.allocate(capacity: elements.count)
        defer { scratch.deallocate() }
        try parameter.read(elements, into: scratch)
        for row in 0..<range.count {
            let part = row * inputCount..<(row + 1) * inputCount
            reorderInputs(
                UnsafeBufferPointer(rebasing: scratch[part]), UnsafeMutableBufferPointer(rebasing: target[part]))
        }
    }
}
