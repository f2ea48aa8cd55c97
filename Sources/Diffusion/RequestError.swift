import DiffusionBasics
import DiffusionEngine

/// A request that cannot be rendered; found before any work begins.
public enum RequestError: DescribedError, Equatable {
    /// A value outside of what makes sense.
    case outOfRange(field: String, found: String, expected: String)
    /// The model and the request do not fit.
    case doesNotFit(sentence: String, remedy: String?)

    public var code: String {
        switch self {
        case .outOfRange: "request.out-of-range"
        case .doesNotFit: "request.does-not-fit"
        }
    }

    public var sentence: String {
        switch self {
        case .outOfRange(let field, let found, let expected): "\(field) is \(found), expected \(expected)."
        case .doesNotFit(let sentence, _): sentence
        }
    }

    public var remedy: String? {
        switch self {
        case .outOfRange: nil
        case .doesNotFit(_, let remedy): remedy
        }
    }
}

/// A computation that went wrong although the request was good.
public enum GenerationError: DescribedError, Equatable {
    /// NaN or infinity in the latents; `step` counts from 1.
    case nonFiniteLatents(step: Int, of: Int)
    /// NaN or infinity in the decoded picture.
    case nonFiniteImage
    /// NaN or infinity in the latents of the picture to begin with.
    case nonFiniteEncoding

    public var code: String {
        switch self {
        case .nonFiniteLatents: "generation.non-finite-latents"
        case .nonFiniteImage: "generation.non-finite-image"
        case .nonFiniteEncoding: "generation.non-finite-encoding"
        }
    }

    public var sentence: String {
        switch self {
        case .nonFiniteLatents(let step, let count):
            "The latents hold values that are not numbers after step \(step) of \(count)."
        case .nonFiniteImage: "The decoded picture holds values that are not numbers."
        case .nonFiniteEncoding: "The encoded picture holds values that are not numbers."
        }
    }

    public var remedy: String? {
        "The weights may be damaged, or the guidance scale too high: try another model or a lower --cfg-scale."
    }
}

extension GenerationError {
    /// What `body` makes; where a fixed-point layer meets a NaN or an infinity, this error says where in the render.
    func replacingNonFinite<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch let error as NonFiniteValueError {
            // A parameter of that kind is named by its own error.
            throw error.place == nil ? self : error
        }
    }
}
