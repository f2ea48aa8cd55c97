import DiffusionRenderer
import Foundation
import Testing

/// What exiftool and pngcheck find in our files. Where they are missing the tests are skipped, by name.
struct ForeignReaderTests {
    private func written(_ format: ImageFormat, _ metadata: ImageMetadata?) throws -> (TemporaryFolder, path: String) {
        let folder = try TemporaryFolder()
        let path = folder.file("a.\(format.fileExtension)")
        let file = AtomicFile(.refuse, temporaries: TemporaryFiles())
        try ImageWriter(format: format)
            .write(testImage(width: 40, height: 30), metadata: metadata, to: path, using: file)
        return (folder, path)
    }

    private func tags(of path: String) throws -> [String: String] {
        let (output, status) = try InstalledTool.exiftool.run(["-j", "-G1", "-b", "-a", "-charset", "utf8", path])
        #expect(status == 0)
        let objects = try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [[String: Any]]
        return try #require(objects?.first).mapValues { "\($0)" }
    }

    @Test(.enabled(if: InstalledTool.exiftool.isInstalled, "exiftool is not installed"))
    func exiftoolReadsThePNG() throws {
        let (folder, path) = try written(.png, ImageMetadataTests.metadata())
        let tags = try tags(of: path)
        #expect(tags["PNG:Parameters"] == ImageMetadataTests.parameters.text)
        checkXMP(tags)
        withExtendedLifetime(folder) {}
    }

    @Test(.enabled(if: InstalledTool.exiftool.isInstalled, "exiftool is not installed"))
    func exiftoolReadsTheJPEG() throws {
        let (folder, path) = try written(.jpeg, ImageMetadataTests.metadata())
        let tags = try tags(of: path)
        #expect(tags["ExifIFD:UserComment"] == "\(ImageMetadataTests.parameters.text), JPEG quality: 90")
        #expect(tags["IFD0:Software"] == "Diffuse 1.2.3")
        checkXMP(tags)
        withExtendedLifetime(folder) {}
    }

    @Test(
        .enabled(if: InstalledTool.exiftool.isInstalled, "exiftool is not installed"), arguments: ImageFormat.allCases)
    func exiftoolFindsNothingWrong(format: ImageFormat) throws {
        let (folder, path) = try written(format, ImageMetadataTests.metadata())
        let (output, _) = try InstalledTool.exiftool.run(["-validate", "-warning", "-error", "-a", path])
        // It does not know the names of 2025.1 before version 13.40 and says nothing about them.
        #expect(
            output.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) } == [
                "Validate                        : OK"
            ])
        withExtendedLifetime(folder) {}
    }

    private func checkXMP(_ tags: [String: String]) {
        let source = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
        #expect(tags["XMP-iptcExt:DigitalSourceType"] == source)
        #expect(tags["XMP-xmp:CreatorTool"] == "Diffuse 1.2.3")
        #expect(tags["XMP-iptcExt:AISystemUsed"] == "Diffuse")
        #expect(tags["XMP-iptcExt:AISystemVersionUsed"] == "1.2.3")
        #expect(tags["XMP-iptcExt:AIPromptInformation"] == "a red cube, 猫 & <b>\nNegative prompt: blurry")
    }

    @Test(.enabled(if: InstalledTool.pngcheck.isInstalled, "pngcheck is not installed"), arguments: [true, false])
    func pngcheckFindsNothingWrong(hasMetadata: Bool) throws {
        let (folder, path) = try written(.png, hasMetadata ? ImageMetadataTests.metadata() : nil)
        let (output, status) = try InstalledTool.pngcheck.run(["-v", path])
        #expect(status == 0)
        #expect(output.contains("No errors detected"))
        #expect(!output.lowercased().contains("warning"))
        #expect(output.contains("chunk iTXt") == hasMetadata)
        #expect(!output.contains("tIME"))
        withExtendedLifetime(folder) {}
    }
}
