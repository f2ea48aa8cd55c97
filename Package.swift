// swift-tools-version: 6.1
import PackageDescription

// MARK: - Public API

let publicTargets: [Target] = [
    .target(
        name: "Diffusion",
        dependencies: [
            "DiffusionBasics", "DiffusionTensors", "DiffusionEngine", "DiffusionSchedulers", "DiffusionWeights",
            "DiffusionDenoiser", "DiffusionText", "DiffusionRenderer", .product(name: "Logging", package: "swift-log"),
        ]),
    .target(name: "DiffusionSchedulers", dependencies: ["DiffusionBasics", "DiffusionTensors"], path: "Schedulers"),
    .executableTarget(
        name: "DiffuseCLI",
        dependencies: [
            "Diffusion", "DiffusionBasics", "DiffusionEngine", "DiffusionRenderer", "DiffusionSchedulers",
            "DiffusionTensors", "DiffusionWeights",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ],
        plugins: ["CommitStamp"]),
]

// MARK: - Implementation

let implementationTargets: [Target] = [
    // Of the program only: who depends on the library does not run it.
    .plugin(name: "CommitStamp", capability: .buildTool(), path: "Sources/Plugins/CommitStamp"),
    .systemLibrary(
        name: "CDiffusionOpenBLAS", path: "Sources/COpenBLAS", pkgConfig: "openblas",
        providers: [.apt(["libopenblas-dev"]), .brew(["openblas"])]),
    .systemLibrary(
        name: "CDiffusionPNG", path: "Sources/CPNG", pkgConfig: "libpng",
        providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
    .systemLibrary(
        name: "CDiffusionJPEG", path: "Sources/CJPEG", pkgConfig: "libjpeg",
        providers: [.apt(["libjpeg-dev"]), .brew(["jpeg-turbo"])]),
    .target(name: "CDiffusionKernels", path: "Sources/Kernels"),
    .target(
        name: "CDiffusionImageCodecs", dependencies: ["CDiffusionPNG", "CDiffusionJPEG"], path: "Sources/ImageCodecs"),
    .target(name: "DiffusionBasics", path: "Sources/Basics"),
    .target(name: "DiffusionTensors", dependencies: ["DiffusionBasics"], path: "Sources/Tensors"),
    .target(
        name: "DiffusionEngine",
        dependencies: ["DiffusionBasics", "DiffusionTensors", "CDiffusionKernels", "CDiffusionOpenBLAS"],
        path: "Sources/Engine"),
    .target(
        name: "DiffusionWeights", dependencies: ["DiffusionBasics", "DiffusionTensors", "CDiffusionKernels"],
        path: "Weights", exclude: ["Training"],
        resources: [.copy("Resources/Default"), .copy("Resources/CLIPTokenizer")]),
    .target(
        name: "DiffusionDenoiser", dependencies: ["DiffusionEngine", "DiffusionWeights"], path: "Sources/Denoiser"),
    .target(
        name: "DiffusionText", dependencies: ["DiffusionEngine", "DiffusionWeights"],
        path: "Sources/TextConditioning"),
    .target(
        name: "DiffusionRenderer", dependencies: ["DiffusionEngine", "DiffusionWeights", "CDiffusionImageCodecs"],
        path: "Sources/Renderer"),
]

// MARK: - Examples

let exampleTargets: [Target] = [
    .executableTarget(
        name: "ExampleContactSheet", dependencies: ["Diffusion"], path: "Sources/Examples/ContactSheet"),
    .executableTarget(
        name: "ExampleTextToImage", dependencies: ["Diffusion"], path: "Sources/Examples/TextToImage"),
    .executableTarget(
        name: "ExampleImageToImage", dependencies: ["Diffusion"], path: "Sources/Examples/ImageToImage"),
    .executableTarget(
        name: "ExampleOwnScheduler", dependencies: ["Diffusion"],
        path: "Sources/Examples/OwnScheduler"),
    .executableTarget(name: "ExampleProgress", dependencies: ["Diffusion"], path: "Sources/Examples/Progress"),
    .executableTarget(name: "ExampleCancel", dependencies: ["Diffusion"], path: "Sources/Examples/Cancel"),
    .executableTarget(name: "ExampleSettings", dependencies: ["Diffusion"], path: "Sources/Examples/Settings"),
    .executableTarget(
        name: "ExampleManyRequests", dependencies: ["Diffusion"], path: "Sources/Examples/ManyRequests"),
]

// MARK: - Tests

let testTargets: [Target] = [
    .target(
        name: "TestSupport", dependencies: ["DiffusionBasics", "DiffusionTensors", "DiffusionWeights"],
        path: "Tests/TestSupport", exclude: ["Fixtures", "Scripts"]),
    .testTarget(name: "BasicsTests", dependencies: ["DiffusionBasics", "TestSupport"]),
    .testTarget(
        name: "TensorsTests", dependencies: ["DiffusionTensors", "DiffusionBasics", "TestSupport"],
        exclude: ["make_noise_goldens.py"]),
    .testTarget(name: "KernelsTests", dependencies: ["CDiffusionKernels", "DiffusionTensors"]),
    .testTarget(
        name: "EngineTests", dependencies: ["DiffusionEngine", "CDiffusionKernels", "TestSupport"]),
    .testTarget(
        name: "SchedulersTests",
        dependencies: ["DiffusionSchedulers", "DiffusionTensors", "DiffusionBasics", "TestSupport"],
        resources: [.copy("Fixtures")]),
    .testTarget(
        name: "WeightsTests", dependencies: ["DiffusionWeights", "TestSupport"],
        exclude: ["Fixtures", "make_single_file_goldens.py"]),
    .testTarget(
        name: "TextConditioningTests", dependencies: ["DiffusionText", "TestSupport"],
        resources: [.copy("Fixtures")]),
    .testTarget(name: "DenoiserTests", dependencies: ["DiffusionDenoiser", "TestSupport"]),
    .testTarget(
        name: "RendererTests", dependencies: ["DiffusionRenderer", "CDiffusionImageCodecs", "TestSupport"],
        exclude: ["Scripts"], resources: [.copy("Fixtures")]),
    .testTarget(
        name: "DiffusionTests",
        dependencies: [
            "Diffusion", "DiffusionBasics", "DiffusionRenderer", "DiffusionSchedulers", "DiffusionTensors",
            "DiffusionWeights", "TestSupport",
        ]),
    .testTarget(
        name: "CommandLineTests",
        dependencies: [
            "DiffuseCLI", "Diffusion", "DiffusionEngine", "DiffusionRenderer", "DiffusionTensors", "DiffusionWeights",
            "TestSupport",
        ]),
    .testTarget(
        name: "ExamplesTests",
        dependencies: [
            "ExampleContactSheet", "ExampleTextToImage", "ExampleImageToImage", "ExampleOwnScheduler",
            "ExampleProgress",
            "ExampleCancel", "ExampleSettings", "ExampleManyRequests", "DiffusionRenderer", "TestSupport",
        ]),
    .testTarget(name: "DocumentationTests", dependencies: ["DiffusionBasics"]),
]

// MARK: - Package

let package = Package(
    name: "Diffusion",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Diffusion", targets: ["Diffusion"]),
        .library(name: "DiffusionSchedulers", targets: ["DiffusionSchedulers"]),
        .executable(name: "diffuse", targets: ["DiffuseCLI"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
    ],
    targets: publicTargets + implementationTargets + exampleTargets + testTargets
)
