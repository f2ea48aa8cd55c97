import DiffusionRenderer
import Testing

struct ResizingTests {
    @Test(arguments: [(64, 64), (24, 40), (8, 8), (61, 96), (128, 43), (61, 43), (1, 1), (7, 150)])
    func scalesAsPillowDoes(width: Int, height: Int) throws {
        let scaled = try fixtureImage("resize-source.png").resized(width: width, height: height)
        #expect(try scaled == fixtureImage("resize-\(width)x\(height).png"))
    }

    @Test func flatPicturesStayFlat() throws {
        let flat = try RGBImage(width: 13, height: 9, pixels: Array(repeating: 201, count: 13 * 9 * 3))
        for (width, height) in [(5, 5), (40, 31), (13, 1), (1, 9)] {
            let scaled = try flat.resized(width: width, height: height)
            #expect((scaled.width, scaled.height) == (width, height))
            #expect(scaled.pixels.allSatisfy { $0 == 201 })
        }
    }

    @Test(arguments: [(0, 5), (5, 0), (-1, 5)])
    func sizesOfNoPixelsAreErrors(width: Int, height: Int) throws {
        let image = try testImage(width: 4, height: 4)
        #expect(throws: ImageError.self) { try image.resized(width: width, height: height) }
    }
}
