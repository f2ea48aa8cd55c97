import DiffusionRenderer
import Foundation
import Testing

/// A file of `Fixtures`, made by `Scripts/make_fixtures.py`.
func fixture(_ name: String) throws -> [UInt8] {
    let url = try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil))
    return Array(try Data(contentsOf: url))
}

func fixtureImage(_ name: String) throws -> RGBImage {
    try ImageReader.decode(fixture(name), file: name).image
}

/// Gradients with seeded noise over them: neither flat nor incompressible.
func testImage(width: Int, height: Int, noise: UInt32 = 16) throws -> RGBImage {
    var state: UInt32 = 2_463_534_242
    let pixels = (0..<width * height * 3).map { index -> UInt8 in
        state ^= state << 13
        state ^= state >> 17
        state ^= state << 5
        let (x, y) = (index / 3 % width, index / 3 / width)
        let smooth = index % 3 == 0 ? x * 200 / width : y * 200 / height
        return UInt8(UInt32(smooth) + state % noise)
    }
    return try RGBImage(width: width, height: height, pixels: pixels)
}

/// Peak signal to noise ratio in decibels; infinite for equal pictures.
func peakSignalToNoise(_ a: RGBImage, _ b: RGBImage) -> Double {
    let squares = zip(a.pixels, b.pixels).map { pow(Double($0) - Double($1), 2) }
    return 10 * log10(255 * 255 * Double(squares.count) / squares.reduce(0, +))
}

/// A new folder that goes when the value does.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("diffusion-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() } }

    func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: file(name)))) }

    func write(_ bytes: [UInt8], to name: String) throws { try Data(bytes).write(to: URL(fileURLWithPath: file(name))) }
}

/// A program that a test compares with where the machine has it.
struct InstalledTool: Sendable {
    static let exiftool = InstalledTool("exiftool")
    static let pngcheck = InstalledTool("pngcheck")
    static let unshare = InstalledTool("unshare")

    let path: String?
    var isInstalled: Bool { path != nil }

    init(_ name: String) {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        path = folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// What it wrote to either output, and its exit status.
    func run(_ arguments: [String]) throws -> (output: String, status: Int32) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(path))
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (String(decoding: output, as: UTF8.self), process.terminationStatus)
    }
}
