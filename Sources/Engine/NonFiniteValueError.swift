import DiffusionBasics

/// A NaN or an infinity where an arithmetic has none.
package struct NonFiniteValueError: DescribedError, Equatable {
    /// The parameter that holds it; nil for what a network computed.
    package var place: String?

    package init(place: String? = nil) { self.place = place }

    package var code: String { "engine.non-finite" }

    package var sentence: String {
        if let place { return "\(place) holds a value that is not a number." }
        return "The network computed a value that is not a number."
    }

    package var remedy: String? { "The weights may be damaged: try another model." }
}
