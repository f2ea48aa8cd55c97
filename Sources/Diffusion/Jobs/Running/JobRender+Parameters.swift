import DiffusionBasics
import Foundation

extension JobRender {
    /// The render's parameters as a job file has them.
    /// - Parameter resolved: every value fixed, where it came so far.
    func parameters(resolved: ResolvedRequest?) -> JSONNode {
        var request = request
        if let resolved { request.take(resolved) }
        // A picture itself, in place of its file's path, may be megabytes.
        if case .file? = request.initialImage {} else { request.initialImage = nil }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let bytes = try? encoder.encode(request),
            let object = (try? JSONParser.parse(bytes, file: "parameters"))?.object
        else { return JSONNode(.null) }
        var members = object.members.map { ($0.key, $0.node) }
        if let resolved { members.append(("model", .text(resolved.model))) }
        if let vae = resolved?.vae { members.append(("vae", .text(vae))) }
        return .object(members + extras.members.map { ($0.key, $0.node) })
    }
}

extension GenerationRequest {
    /// The values of a resolved request in place of those that were left open.
    fileprivate mutating func take(_ resolved: ResolvedRequest) {
        (width, height, steps) = (resolved.width, resolved.height, resolved.steps)
        (guidanceScale, sampler, seed) = (resolved.guidanceScale, resolved.sampler, resolved.seed)
        strength = resolved.initialPicture?.strength ?? strength
    }
}
