import DiffusionRenderer
import DiffusionTensors
import Testing

@Suite struct PictureMaskTests {
    private func mask(_ pixels: [UInt8], width: Int) throws -> PictureMask {
        PictureMask(drawnBy: try RGBImage(width: width, height: pixels.count / 3 / width, pixels: pixels))
    }

    /// The figures of `Image.convert("L")` of Pillow for these colours: 127, 128, 76, 150, 29, 179, 226.
    @Test func whiteIsWhatHasHalfTheLightOrMore() throws {
        let colors: [[UInt8]] = [
            [127, 127, 127], [128, 128, 128], [255, 0, 0], [0, 255, 0], [0, 0, 255], [0, 255, 255], [255, 255, 0],
        ]
        let mask = try mask(colors.flatMap(\.self), width: 7)
        #expect(mask.repaints == [false, true, false, true, false, true, true])
        #expect(try !mask.isEmpty && self.mask([0, 0, 0, 127, 127, 127], width: 1).isEmpty)
    }

    @Test func latentsTakeTheFirstPixelOfTheirBlock() throws {
        let white = [UInt8](repeating: 255, count: 3), black = [UInt8](repeating: 0, count: 3)
        let rows = [[white, black, black, white], [black, white, white, white], [black, black, white, black]]
        let latents = try mask(rows.flatMap { $0.flatMap(\.self) }, width: 4).latents(factor: 2)
        #expect(latents.shape == [1, 1, 1, 2] && latents.scalars == [1, 0])
    }

    @Test func whatIsRepaintedIsHidden() throws {
        let image = try RGBImage(width: 2, height: 1, pixels: [255, 0, 255, 255, 0, 0])
        let hidden = try mask([0, 0, 0, 255, 255, 255], width: 2).hiding(image)
        #expect(hidden.shape == [1, 1, 2, 3] && hidden.scalars == [1, -1, 1, 0, 0, 0])
    }

    // MARK: - Transparency

    private func read(_ png: PNGBuilder) throws -> [UInt8] {
        try ImageReader.decodeMask(png.file, file: "mask").pixels
    }

    @Test func coloursDrawWhereThereAreSeveral() throws {
        let png = PNGBuilder(
            width: 2, height: 1, colorType: 6, scanlines: [[0, 255, 255, 255, 0, 0, 0, 0, 255]])
        #expect(try read(png) == [255, 255, 255, 0, 0, 0])
    }

    @Test func transparencyDrawsWhereThereIsOneColour() throws {
        for level: UInt8 in [0, 255] {
            let png = PNGBuilder(
                width: 3, height: 1, colorType: 4, scanlines: [[0, level, 255, level, 0, level, 130]])
            #expect(try read(png) == [255, 255, 255, 0, 0, 0, 130, 130, 130])
        }
    }

    @Test func anEvenTransparencyDrawsNothing() throws {
        let faint = PNGBuilder(width: 2, height: 1, colorType: 4, scanlines: [[0, 0, 7, 0, 7]])
        #expect(try read(faint) == [0, 0, 0, 0, 0, 0])
        let plain = PNGBuilder(width: 2, height: 1, colorType: 0, scanlines: [[0, 255, 255]])
        #expect(try read(plain) == [255, 255, 255, 255, 255, 255])
    }
}
