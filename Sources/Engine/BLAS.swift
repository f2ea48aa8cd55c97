import CDiffusionOpenBLAS

/// The only place that calls OpenBLAS.
///
/// `openblas_set_num_threads` is global to the process; it is set to 1 here, once, before the first product: the engine's
/// own workers split the work. A host program that uses OpenBLAS elsewhere sees that setting.
enum BLAS {
    private static let singleThreaded: Void = openblas_set_num_threads(1)

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
        _ = singleThreaded
        cblas_sgemm(
            CblasRowMajor, CblasNoTrans, bFactor == .transposed ? CblasTrans : CblasNoTrans,
            Int32(rows), Int32(columns), Int32(inner), 1, a, Int32(aStride), b, Int32(bStride),
            accumulate ? 1 : 0, out, Int32(outStride))
    }

    /// The processor kernel that OpenBLAS chose, for metadata: results in f32 are byte-identical per kernel.
    static var coreName: String { String(cString: openblas_get_corename()) }
}
