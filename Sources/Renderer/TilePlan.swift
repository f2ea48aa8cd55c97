/// How a picture is decoded in pieces.
///
/// What a decoder does first, at the size of the latents and as far up as memory allows, is done for the whole picture, so
/// that the attention of all pixels over all stays what it is; then tiles of the rest follow one after the other. Each
/// overlaps its neighbours by as many pixels as the convolutions see, so that its inside is what it would be in the whole
/// picture: there is nothing to blend, and no seam. What a tile cannot know is the mean and variance of each norm over the
/// whole picture: they are measured beforehand on samples spread over it and are the same for all tiles.
///
/// diffusers' `AutoencoderKL.tiled_decode` computes everything, attention and norms too, for each tile by itself, and
/// blends what differs at the edges.
package struct TilePlan: Sendable, Equatable {
    /// Pixels along the edge of a tile's inside.
    package var edge: Int
    /// Bytes of activations up to which a stage is computed for the whole picture.
    package var wholeByteCount: Int
    /// Samples of the picture, and pixels along the edge of one.
    package var sampleCount: Int
    package var sampleEdge: Int

    package init(edge: Int = 256, wholeByteCount: Int = 192 << 20, sampleCount: Int = 36, sampleEdge: Int = 32) {
        self.edge = edge
        self.wholeByteCount = wholeByteCount
        self.sampleCount = sampleCount
        self.sampleEdge = sampleEdge
    }
}
