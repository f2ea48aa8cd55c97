// swift-tools-version: 6.1
// Programs outside of the package, which see the public API only: one builds, renders, cancels, survives a broken model;
// the other renders with two pipelines and a job file at once.
import PackageDescription

let package = Package(
    name: "Host",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "Diffusion", path: "../..")],
    targets: [
        .executableTarget(name: "Host", dependencies: [.product(name: "Diffusion", package: "Diffusion")]),
        .executableTarget(name: "TwoPipelines", dependencies: [.product(name: "Diffusion", package: "Diffusion")]),
    ]
)
