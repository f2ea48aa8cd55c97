/// The Float32 logarithm, sine and cosine of PyTorch's AVX2 normal generator, bit for bit in scalar form.
///
/// They are Cephes' polynomials (Moshier) as `avx_mathfun.h` evaluates them, multiply and add fused where PyTorch's build
/// fuses them. Not for general use: accuracy is about 1 ulp on the ranges stated, and nothing is checked outside them.
enum CephesMath {
    /// ln x for 0 < x ≤ 1.
    static func log(_ x: Float) -> Float {
        var exponent = Float(Int32(x.bitPattern >> 23) - 126)
        var mantissa = Float(bitPattern: (x.bitPattern & 0x807F_FFFF) | 0x3F00_0000)
        if mantissa < 0.707106781186547524 {
            exponent -= 1
            mantissa = (mantissa - 1) + mantissa
        } else {
            mantissa -= 1
        }
        let square = mantissa * mantissa
        var y = logPolynomial(mantissa) * mantissa
        y = fused(y, square, exponent * -2.12194440e-4)
        y = fused(square, -0.5, y)
        return fused(exponent, 0.693359375, mantissa + y)
    }

    private static func logPolynomial(_ x: Float) -> Float {
        var y = fused(7.0376836292E-2, x, -1.1514610310E-1)
        y = fused(y, x, 1.1676998740E-1)
        y = fused(y, x, -1.2420140846E-1)
        y = fused(y, x, 1.4249322787E-1)
        y = fused(y, x, -1.6668057665E-1)
        y = fused(y, x, 2.0000714765E-1)
        y = fused(y, x, -2.4999993993E-1)
        return fused(y, x, 3.3333331174E-1)
    }

    /// The sine and cosine of an angle from 0 to 2π.
    static func sinCos(_ x: Float) -> (sin: Float, cos: Float) {
        // The octant, made even; π/4 times it is taken off in three parts.
        let octant = (Int32(x * 1.27323954473516) + 1) & ~1
        let count = Float(octant)
        var angle = fused(count, -0.78515625, x)
        angle = fused(count, -2.4187564849853515625e-4, angle)
        angle = fused(count, -3.77489497744594108e-8, angle)

        let (sin, cos) = (sinPolynomial(angle), cosPolynomial(angle * angle))
        let swapped = octant & 2 != 0
        return (
            octant & 4 == 0 ? (swapped ? cos : sin) : -(swapped ? cos : sin),
            (octant - 2) & 4 == 0 ? -(swapped ? sin : cos) : (swapped ? sin : cos)
        )
    }

    private static func sinPolynomial(_ x: Float) -> Float {
        let square = x * x
        var y = fused(-1.9515295891E-4, square, 8.3321608736E-3)
        y = fused(y, square, -1.6666654611E-1)
        return fused(y * square, x, x)
    }

    private static func cosPolynomial(_ square: Float) -> Float {
        var y = fused(2.443315711809948E-005, square, -1.388731625493765E-003)
        y = fused(y, square, 4.166664568298827E-002)
        return fused(y * square, square, -(square * 0.5)) + 1
    }

    /// a·b + c, rounded once.
    @inline(__always)
    private static func fused(_ a: Float, _ b: Float, _ c: Float) -> Float { c.addingProduct(a, b) }
}
