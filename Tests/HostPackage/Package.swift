// swift-tools-version: 6.1
// A program outside of the package, which sees the public API only: builds, renders, cancels, survives a broken model.
import PackageDescription

let package = Package(
    name: "Host",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "Diffusion", path: "../..")],
    targets: [
        .executableTarget(name: "Host", dependencies: [.product(name: "Diffusion", package: "Diffusion")])
    ]
)
