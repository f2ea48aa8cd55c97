import Foundation

/// What the benchmark asks of one process, as JSON on standard input.
struct Work: Decodable {
    var model: String
    var threads: Int
    /// `auto`, `f32`, `fixed16`, `draft`.
    var precision: String
    var tasks: [Task]

    /// One stage; arrays are files of little-endian Float32.
    struct Task: Decodable {
        enum Kind: String, Decodable {
            case unet
            case decode
            case text
        }

        var kind: Kind
        /// Latents `[images, channels, height, width]`, for `unet` and `decode`.
        var latents: String?
        var shape: [Int]?
        /// Context `[images, tokens, width]`, for `unet`.
        var context: String?
        var contextShape: [Int]?
        var timestep: Double?
        var prompts: [String]?
        var calls: Int
        /// Where the last call's result goes.
        var output: String?
    }
}

/// What one stage took, as a JSON line on standard output.
struct Measurement: Encodable {
    var stage: String
    /// One entry per call.
    var seconds: [Double]
    /// Resident bytes before the stage, and at its peak.
    var residentBefore: Int
    var peakMemory: Int
}
