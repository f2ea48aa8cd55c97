import CDiffusionKernels
import Foundation
import Testing

/// Sweeps through the range of an activation, finer than the cases by shape.
@Suite("Kernel accuracy") struct AccuracyTests {
    /// Every 997th float of a sign up to a magnitude.
    private func sweep(to limit: Float, sign: Float) -> [Float] {
        stride(from: UInt32(0), through: limit.bitPattern, by: 997).map { sign * Float(bitPattern: $0) }
    }

    private func results(_ function: Unary, _ kernels: Kernels, _ input: [Float]) -> [Float] {
        var output = [Float](repeating: 0, count: input.count)
        output.withUnsafeMutableBufferPointer { target in
            input.withUnsafeBufferPointer { source in
                guard let to = target.baseAddress, let from = source.baseAddress else { return }
                function(kernels)(to, from, source.count)
            }
        }
        return output
    }

    @Test("exp is within 2 ulp over its range", arguments: KernelPath.available, [Float(-1), 1])
    func exponentialIsAccurate(path: KernelPath, sign: Float) throws {
        let input = sweep(to: sign > 0 ? 88.37 : 87.3, sign: sign)
        let found = results({ $0.pointee.exponential }, try path.table(), input)
        let worst = zip(found, input).map { y, x in
            let exact = exp(Double(x))
            return abs(Double(y) - exact) / Double(Float(exact).ulp)
        }.max()
        #expect(try #require(worst) <= 2)
    }

    @Test("exp is 0 and infinity beyond its range, and 1 at 0", arguments: KernelPath.available)
    func exponentialHasLimits(path: KernelPath) throws {
        let input: [Float] = [-87.7, -100, -1e30, -.infinity, 88.4, 100, 1e30, .infinity, 0, -0.0]
        let expected: [Float] = [0, 0, 0, 0, .infinity, .infinity, .infinity, .infinity, 1, 1]
        #expect(results({ $0.pointee.exponential }, try path.table(), input) == expected)
    }

    @Test("activations stay within their stated bound over the whole range", arguments: KernelPath.available)
    func activationsAreAccurate(path: KernelPath) throws {
        for kernel in UnaryKernel.all where kernel.name != "exponential" {
            for sign: Float in [-1, 1] {
                let input = sweep(to: 200, sign: sign)
                let found = results(kernel.function, try path.table(), input)
                let exact = results(kernel.function, dk_reference_table(), input)
                let first = input.indices.first { index in
                    let bound = kernel.bound(Double(input[index]), Double(exact[index]))
                    return !(abs(Double(found[index]) - Double(exact[index])) <= bound)
                }
                #expect(first == nil, "\(kernel.name)(\(first.map { input[$0] } ?? 0))")
            }
        }
    }

    @Test("the error of GELU is below 1e-6 of max(1, |x|)", arguments: KernelPath.available)
    func geluIsAccurate(path: KernelPath) throws {
        for sign: Float in [-1, 1] {
            let input = sweep(to: 20, sign: sign)
            let found = results({ $0.pointee.gelu }, try path.table(), input)
            let worst = zip(found, input).map { y, x in
                let exact = 0.5 * Double(x) * erfc(-Double(x) / 2.0.squareRoot())
                return abs(Double(y) - exact) / Double(max(1, abs(x)))
            }.max()
            #expect(try #require(worst) <= 1e-6)
        }
    }
}
