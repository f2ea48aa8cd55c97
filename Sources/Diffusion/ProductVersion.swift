/// What this program calls itself, in pictures and in `--version`.
public enum ProductVersion {
    /// The program's name, in `Software` marks and in `--version`.
    public static let name = "Diffuse"
    /// Of the package, by semantic versioning.
    public static let version = "0.1.0"
}
