// A scheduler computes with tensors; only what its own public declarations mention goes along.
@_exported import protocol DiffusionBasics.DescribedError
@_exported import struct DiffusionTensors.MemoryError
@_exported import protocol DiffusionTensors.NoiseGenerator
@_exported import struct DiffusionTensors.PhiloxNoiseGenerator
@_exported import struct DiffusionTensors.Shape
@_exported import struct DiffusionTensors.Tensor
@_exported import struct DiffusionTensors.TorchNoiseGenerator
