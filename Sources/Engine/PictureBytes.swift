import DiffusionTensors

/// Values of −1…1 as bytes 0…255, rounded half to even.
package func bytes(ofPicture picture: Tensor, in context: ComputeContext) throws -> [UInt8] {
    let kernels = context.kernels
    try context.checkCancellation()
    return picture.withUnsafeScalars { scalars in
        [UInt8](unsafeUninitializedCapacity: scalars.count) { buffer, count in
            if let out = buffer.baseAddress, let source = scalars.baseAddress {
                kernels.functions.pointee.rgb_to_bytes(out, source, scalars.count)
            }
            count = scalars.count
        }
    }
}
