extension JobRenders {
    /// Whether any render needs another.
    var hasDependencies: Bool { contains { !$0.dependencies.isEmpty } }
}
