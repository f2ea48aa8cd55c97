import DiffusionRenderer

/// Where the pictures of a job file go.
public struct JobOutput: Sendable, Hashable {
    /// What happens where a file has a picture's name already.
    public enum OnExists: String, Sendable, Codable, CaseIterable {
        /// Skips a file that carries the render's key, replaces one of ours that carries another, fails the render where
        /// the file is not ours.
        case resume
        /// Skips any file.
        case skip
        /// Replaces any file.
        case overwrite
        /// Fails the render.
        case error
        /// Adds the next free number to the name.
        case number
    }

    /// What goes into the files beside the pictures.
    public enum Metadata: String, Sendable, Codable, CaseIterable {
        /// Every parameter, and the mark of a synthetic picture.
        case full
        /// Nothing.
        case none
    }

    /// The folder that nothing is written outside of; relative to the working directory.
    public var directory: String
    /// The template of the names within the folder; a job may have one of its own.
    public var name: String
    /// What happens where a name is taken.
    public var onExists: OnExists
    /// The format of all pictures; nil goes by each name's ending.
    public var format: ImageFormat?
    /// Of a JPEG, 1 to 100.
    public var quality: Int
    /// What files say of their making.
    public var metadata: Metadata

    /// PNG files in a folder, whatever is left open as a job file leaves it.
    public init(directory: String = "out", name: String = JobOutput.defaultName) {
        self.directory = directory
        self.name = name
        onExists = .resume
        quality = 90
        metadata = .full
    }

    /// The template of a file that names none.
    public static let defaultName = "{index:04}-{seed}.png"
}
