import DiffusionBasics
import DiffusionTensors

/// Makes safetensors files of Float32 tensors.
package enum SafetensorsWriter {
    /// The bytes of a file with all of `tensors`, in their order; meant for latents and other small tensors.
    package static func bytes(
        of tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:]
    ) -> [UInt8] {
        let header = header(of: tensors, metadata: metadata)
        var bytes = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header
        for (_, tensor) in tensors {
            tensor.withUnsafeScalars { bytes.append(contentsOf: UnsafeRawBufferPointer($0)) }
        }
        return bytes
    }

    /// The JSON header, padded with blanks so that the data is aligned to 8 bytes, as the safetensors package does.
    private static func header(of tensors: [(name: String, tensor: Tensor)], metadata: [String: String]) -> [UInt8] {
        var members: [String] = []
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key < $1.key }
            let texts = pairs.map { "\(JSONNode.quoted($0.key)):\(JSONNode.quoted($0.value))" }
            members.append("\"__metadata__\":{\(texts.joined(separator: ","))}")
        }
        var offset = 0
        for (name, tensor) in tensors {
            let end = offset + tensor.shape.elementCount * MemoryLayout<Float>.stride
            let shape = tensor.shape.dimensions.map(String.init).joined(separator: ",")
            members.append(
                "\(JSONNode.quoted(name)):{\"dtype\":\"F32\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}")
            offset = end
        }
        let header = Array("{\(members.joined(separator: ","))}".utf8)
        return header + Array(repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8)
    }
}
