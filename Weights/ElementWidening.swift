import CDiffusionKernels
import DiffusionBasics

/// How elements of one type become Float32.
struct ElementWidening {
    /// Widens as many elements as the target has room for; the source may have any alignment.
    let widen: (UnsafeRawBufferPointer, UnsafeMutableBufferPointer<Float>) -> Void

    /// nil for element types that have no single Float32 each.
    init?(_ type: ElementType) {
        switch type {
        case .float32: widen = copyFloats
        case .float16: widen = widenHalves
        case .bfloat16: widen = widenBFloats
        case .float64: widen = Self.each(Double.self) { Float($0) }
        case .int64: widen = Self.each(Int64.self) { Float($0) }
        case .int32: widen = Self.each(Int32.self) { Float($0) }
        case .int16: widen = Self.each(Int16.self) { Float($0) }
        case .int8: widen = Self.each(Int8.self) { Float($0) }
        case .uint64: widen = Self.each(UInt64.self) { Float($0) }
        case .uint32: widen = Self.each(UInt32.self) { Float($0) }
        case .uint16: widen = Self.each(UInt16.self) { Float($0) }
        case .uint8: widen = Self.each(UInt8.self) { Float($0) }
        case .bool: widen = Self.each(UInt8.self) { $0 == 0 ? 0 : 1 }
        case .float8E5M2: widen = Self.each(UInt8.self) { widenedHalf(UInt16($0) << 8) }
        case .float8E4M3: widen = Self.each(UInt8.self, widenedE4M3)
        case .float8E8M0, .float8E4M3FNUZ, .float8E5M2FNUZ, .float6E2M3, .float6E3M2, .float4, .complex64: return nil
        }
    }

    private static func each<Element: BitwiseCopyable>(
        _ type: Element.Type, _ convert: @escaping (Element) -> Float
    ) -> (UnsafeRawBufferPointer, UnsafeMutableBufferPointer<Float>) -> Void {
        { source, target in
            for index in target.indices {
                let offset = index * MemoryLayout<Element>.stride
                target[index] = convert(source.loadUnaligned(fromByteOffset: offset, as: Element.self))
            }
        }
    }
}

private func copyFloats(_ source: UnsafeRawBufferPointer, _ target: UnsafeMutableBufferPointer<Float>) {
    UnsafeMutableRawBufferPointer(target).copyMemory(from: source)
}

/// The C kernels of this processor; every path gives the same bytes.
private struct Kernels: @unchecked Sendable {
    // Unchecked: the table is constant memory.
    let table: UnsafePointer<dk_kernels>?

    static let best = Kernels(table: dk_kernels_for(dk_best_path()))
}

private func kernels() -> dk_kernels {
    guard let table = Kernels.best.table else { reportBug("the best path of the kernels has no table") }
    return table.pointee
}

private func widenHalves(_ source: UnsafeRawBufferPointer, _ target: UnsafeMutableBufferPointer<Float>) {
    withWords(source, target, kernels().widen_f16)
}

private func widenBFloats(_ source: UnsafeRawBufferPointer, _ target: UnsafeMutableBufferPointer<Float>) {
    withWords(source, target, kernels().widen_bf16)
}

private func withWords(
    _ source: UnsafeRawBufferPointer, _ target: UnsafeMutableBufferPointer<Float>,
    _ widen: @convention(c) (UnsafeMutablePointer<Float>, UnsafePointer<UInt16>, Int) -> Void
) {
    guard let input = source.baseAddress, let output = target.baseAddress else { return }
    input.withMemoryRebound(to: UInt16.self, capacity: target.count) { widen(output, $0, target.count) }
}

/// One IEEE half-precision number, without the compiler's own conversion, which calls a function where F16C may lack.
private func widenedHalf(_ bits: UInt16) -> Float {
    let (exponent, mantissa) = (Int(bits >> 10 & 31), Float(bits & 1023) / 1024)
    if exponent == 31 { return mantissa == 0 ? .infinity : .nan }
    return signed(bits & 0x8000 != 0, exponent: exponent, bias: 15, mantissa: mantissa)
}

/// One 8-bit number with 4 exponent bits (bias 7), 3 mantissa bits, no infinity, NaN where all of these are one.
private func widenedE4M3(_ bits: UInt8) -> Float {
    let (exponent, mantissa) = (Int(bits >> 3 & 15), Float(bits & 7) / 8)
    if bits & 0x7F == 0x7F { return .nan }
    return signed(bits & 0x80 != 0, exponent: exponent, bias: 7, mantissa: mantissa)
}

/// A magnitude in the usual layout: an exponent of zero means a subnormal number.
private func signed(_ isNegative: Bool, exponent: Int, bias: Int, mantissa: Float) -> Float {
    let magnitude =
        exponent == 0
        ? Float(sign: .plus, exponent: 1 - bias, significand: mantissa)
        : Float(sign: .plus, exponent: exponent - bias, significand: 1 + mantissa)
    return isNegative ? -magnitude : magnitude
}

/// The index of the first NaN or infinity.
func firstNonFinite(_ values: UnsafeBufferPointer<Float>) -> Int? {
    guard let base = values.baseAddress else { return nil }
    let index = kernels().find_non_finite(base, values.count)
    return index < values.count ? index : nil
}
