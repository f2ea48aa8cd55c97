/// The model that comes with the package.
package enum DefaultModel {
    /// The folder of the embedded model.
    /// - Parameter folders: where the resource bundle may be; by default beside the running program.
    /// - Throws: `ModelError.notFound`, which names the places looked at.
    package static func locate(in folders: [String] = PackageResources.programFolders) throws -> String {
        try PackageResources.locate(
            "Default", as: "The embedded model", remedy: "Or name a model with --model or DIFFUSE_MODEL.", in: folders)
    }
}
