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

private let lanes = 16
private typealias Words = SIMD16<UInt32>

private func copyFloats(_ source: UnsafeRawBufferPointer, _ target: UnsafeMutableBufferPointer<Float>) {
    UnsafeMutableRawBufferPointer(target).copyMemory(from: source)
}

private func widenBFloats(_ source: UnsafeRawBufferPointer, _ target: UnsafeMutableBufferPointer<Float>) {
    widenWords(source, target) {
        $0 &<< 16
    } one: {
        UInt32($0) << 16
    }
}

private func widenHalves(_ source: UnsafeRawBufferPointer, _ target: UnsafeMutableBufferPointer<Float>) {
    widenWords(source, target, widenedHalves) { widenedHalf($0).bitPattern }
}

/// Applies `many` to sixteen 16-bit words at a time and `one` to the rest.
@inline(__always)
private func widenWords(
    _ source: UnsafeRawBufferPointer, _ target: UnsafeMutableBufferPointer<Float>, _ many: (Words) -> Words,
    one: (UInt16) -> UInt32
) {
    let whole = target.count / lanes * lanes
    let output = UnsafeMutableRawBufferPointer(target)
    for first in stride(from: 0, to: whole, by: lanes) {
        let words = source.loadUnaligned(fromByteOffset: first * 2, as: SIMD16<UInt16>.self)
        output.storeBytes(of: many(Words(truncatingIfNeeded: words)), toByteOffset: first * 4, as: Words.self)
    }
    for index in whole..<target.count {
        target[index] = Float(bitPattern: one(source.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self)))
    }
}

/// Sixteen IEEE half-precision numbers as the bits of Float32; exact.
///
/// The exponent is rebiased by 112; subnormals are normalised by a subtraction of floats, which meets normal numbers only.
@inline(__always)
private func widenedHalves(_ half: Words) -> Words {
    let exponentMask = Words(repeating: 0x7C00 << 13)
    let shifted = (half & 0x7FFF) &<< 13
    let exponent = shifted & exponentMask
    let normal = shifted &+ Words(repeating: 112 << 23)
    let special = normal &+ Words(repeating: 112 << 23)
    let magic = SIMD16<Float>(repeating: Float(bitPattern: 113 << 23))
    let subnormal = unsafeBitCast(
        unsafeBitCast(normal &+ Words(repeating: 1 << 23), to: SIMD16<Float>.self) - magic, to: Words.self)
    let magnitude = normal.replacing(with: special, where: exponent .== exponentMask)
        .replacing(with: subnormal, where: exponent .== 0)
    return magnitude | ((half & 0x8000) &<< 16)
}

/// One IEEE half-precision number, without the compiler's own conversion, which calls a function where F16C may lack.
private func widenedHalf(_ bits: UInt16) -> Float {
    Float(bitPattern: widenedHalves(Words(repeating: UInt32(bits)))[0])
}

/// One 8-bit number with 4 exponent bits (bias 7), 3 mantissa bits, no infinity, NaN where all of these are one.
private func widenedE4M3(_ bits: UInt8) -> Float {
    let (exponent, mantissa) = (Int(bits >> 3 & 15), Float(bits & 7) / 8)
    if bits & 0x7F == 0x7F { return .nan }
    let magnitude =
        exponent == 0
        ? Float(sign: .plus, exponent: -6, significand: mantissa)
        : Float(sign: .plus, exponent: exponent - 7, significand: 1 + mantissa)
    return bits & 0x80 == 0 ? magnitude : -magnitude
}

/// The index of the first NaN or infinity.
func firstNonFinite(_ values: UnsafeBufferPointer<Float>) -> Int? {
    let raw = UnsafeRawBufferPointer(values)
    let whole = values.count / lanes * lanes
    let exponentMask = Words(repeating: 0x7F80_0000)
    for first in stride(from: 0, to: whole, by: lanes) {
        let words = raw.loadUnaligned(fromByteOffset: first * 4, as: Words.self)
        if any((words & exponentMask) .== exponentMask) {
            return (first..<first + lanes).first { !values[$0].isFinite }
        }
    }
    return (whole..<values.count).first { !values[$0].isFinite }
}
