import DiffusionBasics
import DiffusionRenderer
import DiffusionTensors

extension DiffusionModel {
    static let defaultStrength = 0.75

    /// What the request says, else the initial picture's own size rounded down to the model's factor, else the model's.
    func size(of request: GenerationRequest, _ picture: RGBImage?) throws -> (width: Int, height: Int) {
        guard let picture else { return (request.width ?? defaultSize.width, request.height ?? defaultSize.height) }
        guard request.width != nil || picture.width >= sizeFactor,
            request.height != nil || picture.height >= sizeFactor
        else {
            throw RequestError.outOfRange(
                field: "the initial picture's size", found: "\(picture.width)×\(picture.height)",
                expected: "at least \(sizeFactor) a side, or a width and a height")
        }
        return (
            request.width ?? picture.width / sizeFactor * sizeFactor,
            request.height ?? picture.height / sizeFactor * sizeFactor
        )
    }

    /// The picture in the size of the request, as diffusers' image processor brings it there.
    func initialPicture(
        _ picture: RGBImage, _ mask: RGBImage?, for request: ResolvedRequest, _ strength: Double?
    ) throws -> InitialPicture {
        try checkEncodes()
        let strength = strength ?? Self.defaultStrength
        try checkRange("strength", strength, 0...1)
        func resized(_ image: RGBImage) throws -> RGBImage {
            try image.resized(width: request.width, height: request.height)
        }
        // Resized in colour, then thresholded: diffusers' order.
        return InitialPicture(
            image: try resized(picture), strength: strength,
            mask: try mask.map { PictureMask(drawnBy: try resized($0)) })
    }

    /// The picture that draws the request's mask, where it has one.
    /// - Throws: `RequestError` where picture, mask and model do not go together; `ImageError`.
    func mask(of request: GenerationRequest, for picture: RGBImage?) throws -> RGBImage? {
        let mask = try request.mask?.readMask()
        if let mask, let picture {
            guard mask.width == picture.width, mask.height == picture.height else {
                throw ImageError.maskOfOtherSize(
                    mask: "\(mask.width)×\(mask.height)", picture: "\(picture.width)×\(picture.height)")
            }
            return mask
        }
        guard mask == nil else {
            throw RequestError.doesNotFit(
                sentence: "A mask says what of a picture is repainted, but there is no picture.",
                remedy: "Name one with --init-img.")
        }
        guard !isInpaintingModel else {
            throw RequestError.doesNotFit(
                sentence: "\(name) is an inpainting model: it repaints the masked part of a picture.",
                remedy: picture == nil ? "Name both with --init-img and --mask." : "Name the mask with --mask.")
        }
        return nil
    }

    /// Whether the U-Net takes a mask and the latents of the picture outside of it beside its latents.
    public var isInpaintingModel: Bool { unet.inputChannels == 2 * vae.latentChannels + 1 }

    /// Whether the autoencoder takes pictures at all.
    func checkEncodes() throws {
        guard vae.inputChannels == 3 else {
            throw RequestError.doesNotFit(
                sentence: "\(name): the autoencoder takes pictures of \(vae.inputChannels) channels, expected 3.",
                remedy: nil)
        }
    }

    /// - Throws: `RequestError`.
    package func check(startingNoise noise: Tensor, for request: ResolvedRequest) throws {
        let shape = latentShape(for: request)
        let expected = Shape([request.imageCount] + shape.dimensions.dropFirst())
        guard noise.shape == expected else {
            throw RequestError.outOfRange(
                field: "the starting noise", found: "\(noise.shape)",
                expected: "\(expected) for \(request.imageCount) of \(request.width)×\(request.height)")
        }
        guard request.initialPicture == nil else {
            throw RequestError.doesNotFit(
                sentence: "A request begins with a picture or with noise of one's own, not with both.", remedy: nil)
        }
        guard noise.isFinite else {
            throw RequestError.doesNotFit(
                sentence: "The starting noise holds values that are not numbers.", remedy: nil)
        }
    }
}

extension DiffusionModel {
    /// A picture as the encoder takes it: in the size asked for, else its own rounded down to the model's factor.
    /// - Throws: `RequestError`.
    package func fitting(_ picture: RGBImage, width: Int? = nil, height: Int? = nil) throws -> RGBImage {
        try checkEncodes()
        var request = GenerationRequest(prompt: "")
        (request.width, request.height) = (width, height)
        let size = try size(of: request, picture)
        try checkEdge("width", size.width)
        try checkEdge("height", size.height)
        return try picture.resized(width: size.width, height: size.height)
    }

    /// What the file of a picture that was only decoded says about itself: nothing is known of its latents.
    package var metadataOfDecoding: ImageMetadata {
        let name = name.split(separator: "/").last.map(String.init) ?? name
        return ImageMetadata(
            parameters: ImageParameters(
                prompt: "",
                settings: [
                    .init("Model", name), .init("Version", "\(ProductVersion.name) \(ProductVersion.version)"),
                ]),
            sourceType: .compositeWithTrainedAlgorithmicMedia, system: ProductVersion.name,
            systemVersion: ProductVersion.version)
    }
}
