// swift-tools-version: 6.1
// Runs single stages of the engine on given inputs, through the public API, for the benchmark table.
import PackageDescription

let package = Package(
    name: "StageTimer",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "Diffusion", path: "../../..")],
    targets: [
        .executableTarget(name: "StageTimer", dependencies: [.product(name: "Diffusion", package: "Diffusion")])
    ]
)
