import DiffusionBasics

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The model that comes with the package, in the resource bundle that SwiftPM puts beside what it builds.
///
/// `Bundle.module` is not used: it knows the build folder by its absolute path and stops the process where that is gone.
package enum DefaultModel {
    /// The folder of the embedded model.
    /// - Throws: `ModelError.notFound`, which names the places looked at.
    package static func locate() throws -> String { try locate(in: folders) }

    /// The folder of the model whose bundle is in one of `folders`.
    package static func locate(in folders: [String]) throws -> String {
        let places = folders.map { FileSystem.join($0, bundleName) }
        guard let found = places.lazy.flatMap(models).first(where: FileSystem.isFolder) else {
            throw ModelError.notFound(
                name: "The embedded model", places: places,
                remedy: "Keep \(bundleName) beside the program, or name a model with --model or DIFFUSE_MODEL.")
        }
        return found
    }

    #if canImport(Darwin)
    private static let bundleName = "Diffusion_DiffusionWeights.bundle"
    #else
    private static let bundleName = "Diffusion_DiffusionWeights.resources"
    #endif

    /// Where the model lies in a bundle: flat, or as Xcode lays bundles out.
    private static func models(in bundle: String) -> [String] {
        ["Default", "Contents/Resources/Default"].map { FileSystem.join(bundle, $0) }
    }

    /// The folders that may hold the bundle: that of the running program, and where it is a test runner that of the test
    /// bundle; on macOS also those beside and above the `Contents/MacOS` of a bundle.
    private static var folders: [String] {
        programs.flatMap { program in
            let folder = FileSystem.parent(of: FileSystem.resolved(program) ?? program)
            #if canImport(Darwin)
            return [folder, FileSystem.join(folder, "../Resources"), FileSystem.join(folder, "../../..")]
            #else
            return [folder]
            #endif
        }
    }

    #if canImport(Darwin)
    private static var programs: [String] {
        var size: UInt32 = 0
        _NSGetExecutablePath(nil, &size)
        var path = [CChar](repeating: 0, count: Int(size) + 1)
        let executable = _NSGetExecutablePath(&path, &size) == 0 ? String(cString: path) : nil
        var image = Dl_info()
        let isKnown = dladdr(UnsafeRawPointer(#dsohandle), &image) != 0
        return [executable, isKnown ? String(cString: image.dli_fname) : nil].compactMap(\.self)
    }
    #else
    private static let programs = ["/proc/self/exe"]
    #endif
}
