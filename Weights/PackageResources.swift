import DiffusionBasics

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The files that come with the package, in the resource bundle that SwiftPM puts beside what it builds.
///
/// `Bundle.module` is not used: it knows the build folder by its absolute path and stops the process where that is gone.
package enum PackageResources {
    /// The folder `name` of the bundle that lies in one of `folders`.
    /// - Parameters:
    ///   - description: what errors call the folder's content.
    ///   - remedy: what to do where it is missing, besides keeping the bundle.
    ///   - folders: where the bundle may be; by default beside the running program.
    /// - Throws: `ModelError.notFound`, which names the places looked at.
    package static func locate(
        _ name: String, as description: String, remedy: String, in folders: [String] = programFolders
    ) throws -> String {
        let places = folders.map { FileSystem.join($0, bundleName) }
        // Flat, or as Xcode lays bundles out.
        let paths = places.flatMap { [FileSystem.join($0, name), FileSystem.join($0, "Contents/Resources/\(name)")] }
        guard let found = paths.first(where: FileSystem.isFolder) else {
            throw ModelError.notFound(
                name: description, places: places, remedy: "Keep \(bundleName) beside the program. \(remedy)")
        }
        return found
    }

    #if canImport(Darwin)
    private static let bundleName = "Diffusion_DiffusionWeights.bundle"
    #else
    private static let bundleName = "Diffusion_DiffusionWeights.resources"
    #endif

    /// The folders that may hold the bundle: that of the running program, and where it is a test runner that of the test
    /// bundle; on macOS also those beside and above the `Contents/MacOS` of a bundle.
    package static var programFolders: [String] {
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
