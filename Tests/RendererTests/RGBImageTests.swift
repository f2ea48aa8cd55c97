import DiffusionBasics
import DiffusionRenderer
import Testing

struct RGBImageTests {
    @Test(arguments: [
        (0, 1, 0), (1, 0, 0), (-1, -1, 3), (2, 2, 11), (2, 2, 13), (Int.max, 3, 9), (Int.max, Int.max, 3),
    ])
    func refusesSizesThatTheBytesDoNotFill(width: Int, height: Int, count: Int) {
        #expect(throws: ImageError.wrongSize(width: width, height: height, byteCount: count)) {
            try RGBImage(width: width, height: height, pixels: Array(repeating: 0, count: count))
        }
    }

    @Test func subscriptCountsFromTheTopLeft() throws {
        let image = try RGBImage(width: 2, height: 2, pixels: Array(0..<12))
        #expect(image[1, 0] == (3, 4, 5))
        #expect(image[0, 1] == (6, 7, 8))
    }

    @Test(arguments: 1...8)
    func orientationsAreAsPillowTurnsThem(orientation: Int) throws {
        let name = "orientation-\(orientation)"
        #expect(try fixtureImage("\(name).jpg") == fixtureImage("\(name).jpg.expected.png"))
    }

    @Test(arguments: [0, 9, -1, 65535])
    func orientationsThatMeanNothingChangeNothing(orientation: Int) throws {
        let image = try testImage(width: 5, height: 3)
        #expect(try image.upright(orientation) == image)
    }

    @Test func formatsComeFromEndings() {
        #expect(ImageFormat(path: "a.b/c.PNG") == .png)
        #expect(ImageFormat(path: "x.JPeg") == .jpeg)
        #expect(ImageFormat(path: "x.jpg") == .jpeg)
        #expect(ImageFormat(path: "a.png/c") == nil)
        #expect(ImageFormat(path: ".png") == nil)
        #expect(ImageFormat(path: "x.gif") == nil)
        #expect(ImageFormat(path: "") == nil)
    }
}
