// A scheduler computes with tensors, and reads its configuration from JSON.
@_exported import DiffusionBasics
@_exported import DiffusionTensors
