import DiffusionRenderer

/// Where image to image begins, every value fixed.
public struct InitialPicture: Sendable, Equatable {
    /// In the request's own size.
    public var image: RGBImage
    /// How much of the picture gives way, 0 (nothing) to 1 (everything).
    public var strength: Double
    /// What of it is repainted, in the same size; nil where all of it may change.
    public var mask: PictureMask?

    /// Whether nothing of the picture is left at the start: then inpainting begins with noise alone, as diffusers does.
    var givesWayEntirely: Bool { strength == 1 }

    /// Steps at the beginning that are left out, as diffusers' `StableDiffusionImg2ImgPipeline.get_timesteps` counts them.
    /// With a strength so low that no step remains (diffusers then fails) the picture only passes the autoencoder.
    func skippedSteps(of stepCount: Int) -> Int {
        stepCount - min(Int(Double(stepCount) * strength), stepCount)
    }
}
