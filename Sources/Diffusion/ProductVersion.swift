/// What this program calls itself, in pictures and in `--version`.
public enum ProductVersion {
    public static let name = "Diffuse"
    public static let version = "0.1.0"
}
