import CDiffusionOpenBLAS

/// The only place that calls OpenBLAS.
///
/// `openblas_set_num_threads` is global to the process where OpenBLAS has threads of its own, and concerns the calling
/// thread where it is built on OpenMP: it is set to 1 on every thread that computes, for the engine's workers split the
/// work. A host program that uses OpenBLAS elsewhere sees that setting.
enum BLAS {
    /// Address space that OpenBLAS takes for each thread that multiplies; it asks for it without end where it is refused.
    static let bytesPerThread = 128 << 20

    /// Called by every thread before it computes.
    static func useOneThread() { openblas_set_num_threads(1) }

    /// Makes OpenBLAS take the memory of a thread now, while it is known to be there: it keeps it.
    static func takeBuffers() {
        let length = 256
        let zeros = [Float](repeating: 0, count: length * length)
        var out = zeros
        product(
            zeros, stride: length, zeros, .transposed, stride: length, rows: length, columns: length, inner: length,
            accumulate: false, into: &out, stride: length)
    }

    /// Whether the second factor is stored transposed.
    enum Factor {
        /// `[inner, columns]`
        case rowMajor
        /// `[columns, inner]`
        case transposed
    }

    /// out = scale · a · b (+ out), with a `[rows, inner]` and out `[rows, columns]`, all row-major with row strides.
    static func product(
        _ a: UnsafePointer<Float>, stride aStride: Int,
        _ b: UnsafePointer<Float>, _ bFactor: Factor, stride bStride: Int,
        rows: Int, columns: Int, inner: Int, accumulate: Bool,
        into out: UnsafeMutablePointer<Float>, stride outStride: Int
    ) {
        cblas_sgemm(
            CblasRowMajor, CblasNoTrans, bFactor == .transposed ? CblasTrans : CblasNoTrans,
            Int32(rows), Int32(columns), Int32(inner), 1, a, Int32(aStride), b, Int32(bStride),
            accumulate ? 1 : 0, out, Int32(outStride))
    }

    /// The processor kernel that OpenBLAS chose, for metadata: results in f32 are byte-identical per kernel.
    static var coreName: String { String(cString: openblas_get_corename()) }
}
