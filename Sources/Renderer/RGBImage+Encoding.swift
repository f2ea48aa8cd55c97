import DiffusionTensors

extension RGBImage {
    /// The picture as an encoder takes it: 2 · (x / 255) − 1 as diffusers' `VaeImageProcessor`, `[1, height, width, 3]`.
    package var tensor: Tensor {
        let values = (0...255).map { 2 * (Float($0) / 255) - 1 }
        return Tensor(shape: [1, height, width, 3]) { target in
            for (index, byte) in pixels.enumerated() { target[index] = values[Int(byte)] }
        }
    }
}
