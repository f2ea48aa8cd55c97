// `import Diffusion` is enough to use everything its public API mentions; the modules below are no products of their own.
@_exported import struct DiffusionBasics.JSONError
@_exported import struct DiffusionBasics.JSONNode
@_exported import struct DiffusionBasics.JSONNumber
@_exported import struct DiffusionBasics.JSONObject
@_exported import protocol DiffusionBasics.DescribedError
@_exported import enum DiffusionRenderer.ImageFormat
@_exported import struct DiffusionRenderer.PictureMask
@_exported import struct DiffusionRenderer.RGBImage
@_exported import DiffusionSchedulers
