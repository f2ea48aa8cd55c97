import DiffusionTensors

/// Says how `actual` differs from what is expected; nil where it agrees.
///
/// Meant for `#expect(differences(…) == nil)`: a failure then shows the text.
/// - Parameters:
///   - tolerance: the largest absolute error allowed, as a fraction of the expected tensor's largest absolute value.
///   - name: what the text calls the tensor.
package func differences(
    _ actual: Tensor, from expected: Tensor, tolerance: Double, name: String
) -> String? {
    guard actual.shape == expected.shape else { return "\(name): shape \(actual.shape), expected \(expected.shape)" }
    return differences(actual.scalars, from: expected.scalars, tolerance: tolerance, name: name)
}

package func differences(
    _ actual: [Float], from expected: [Float], tolerance: Double, name: String
) -> String? {
    guard actual.count == expected.count else {
        return "\(name): \(actual.count) elements, expected \(expected.count)"
    }
    if let index = actual.indices.first(where: { actual[$0].isFinite != expected[$0].isFinite }) {
        return "\(name)[\(index)]: \(actual[index]), expected \(expected[index])"
    }
    let largest = expected.reduce(0) { max($0, Double(abs($1))) }
    guard let (index, error) = worst(actual, expected), error > tolerance * largest else { return nil }
    return
        "\(name): max abs error \(error) is \(error / largest) of the largest value \(largest), allowed \(tolerance); "
        + "worst at [\(index)]: \(actual[index]), expected \(expected[index])"
}

private func worst(_ actual: [Float], _ expected: [Float]) -> (Int, Double)? {
    zip(actual, expected).enumerated().map { ($0.offset, abs(Double($0.element.0) - Double($0.element.1))) }
        .max { $0.1 < $1.1 }
}

/// The root of the mean square error, relative to the root of the mean square; NaN where a number is none.
package func relativeError(_ actual: Tensor, _ expected: Tensor) -> Double {
    guard actual.shape == expected.shape else { return .nan }
    let error = zip(actual.scalars, expected.scalars).reduce(0.0) { sum, pair in
        let difference = Double(pair.0) - Double(pair.1)
        return sum + difference * difference
    }
    let energy = expected.scalars.reduce(0.0) { $0 + Double($1) * Double($1) }
    return (error / energy).squareRoot()
}

/// The first place where two tensors are not equal bit for bit; nil where they are.
package func firstDifferentBit(_ actual: Tensor, _ expected: Tensor) -> String? {
    guard actual.shape == expected.shape else { return "shape \(actual.shape), expected \(expected.shape)" }
    let (a, b) = (actual.scalars, expected.scalars)
    return a.indices.first { a[$0].bitPattern != b[$0].bitPattern }.map { "[\($0)]: \(a[$0]), expected \(b[$0])" }
}
