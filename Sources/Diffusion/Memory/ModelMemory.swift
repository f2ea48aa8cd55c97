import DiffusionDenoiser
import DiffusionEngine
import DiffusionRenderer
import DiffusionTensors
import DiffusionText

/// What a model takes of memory, from its configuration alone: its weights by network, its activations by size.
struct ModelMemory: Sendable {
    /// The networks whose convolutions can be packed in several ways.
    struct Networks: Sendable, Equatable {
        var unet: NetworkSize
        var decoder: NetworkSize
        var encoder: NetworkSize
    }

    let model: DiffusionModel
    let arithmetic: ProductArithmetic
    let textEncoder: NetworkSize
    /// As small as they can be.
    let smallest: Networks
    /// As fast as they can be.
    let fastest: Networks
    private let decoder: any PictureDecoder

    init(_ model: DiffusionModel, _ precision: Precision) {
        let arithmetic = precision.arithmetic
        (self.model, self.arithmetic) = (model, arithmetic)
        textEncoder = NetworkSize(.float32, convolutionLimit: nil) {
            CLIPTextModel($0, configuration: model.text)
        }
        smallest = Networks(model, arithmetic, limits: (0, 0, 0))
        fastest = Networks(model, arithmetic, limits: nil)
        decoder = model.vae.makeDecoder(WeightScope(ShapeSource()).with(arithmetic.delicate))
    }

    /// What the process takes before it has weights or activations: code, tokenizer, and of each thread its stack and
    /// OpenBLAS's buffers, as measured.
    static func processByteCount(threadCount: Int) -> Int { 56_000_000 + threadCount * 8_000_000 }

    /// What of a limit is counted on: a fortieth is left for what small pieces of memory waste between them.
    static func usable(_ limit: Int) -> Int { limit - limit / 40 }

    /// What stays of the networks in groups.
    func rest(_ networks: Networks) -> Int { textEncoder.rest + networks.unet.rest }
}

extension ModelMemory.Networks {
    /// - Parameter limits: of the bytes of each network's convolutions; nil for the fastest.
    init(_ model: DiffusionModel, _ arithmetic: ProductArithmetic, limits: (unet: Int, decoder: Int, encoder: Int)?) {
        unet = NetworkSize(arithmetic, convolutionLimit: limits?.unet) {
            UNet2DConditionModel($0, configuration: model.unet)
        }
        decoder = NetworkSize(arithmetic.delicate, convolutionLimit: limits?.decoder) { scope in
            ResidentLayer(scope) { model.vae.makeDecoder($0) }
        }
        encoder =
            model.vae.inputChannels == 3
            ? NetworkSize(arithmetic.delicate, convolutionLimit: limits?.encoder) { scope in
                ResidentLayer(scope) { model.vae.makeEncoder($0) }
            } : NetworkSize()
    }
}

// MARK: - Activations

extension ModelMemory {
    /// Of one U-Net call.
    /// - Parameters:
    ///   - rows: pictures times two with guidance.
    ///   - width: of the picture.
    func denoising(rows: Int, width: Int, height: Int, keepsDeepFeatures: Bool = false, threadCount: Int) -> Int {
        let memory = ActivationMemory(arithmetic: arithmetic, threadCount: threadCount, imageCount: rows)
        let factor = model.sizeFactor
        return model.unet.activationByteCount(
            height: height / factor, width: width / factor, keepsDeepFeatures: keepsDeepFeatures, memory)
    }

    /// What the U-Net's layers keep of so many prompts.
    func contexts(promptCount: Int) -> Int {
        promptCount * model.unet.contextByteCount(tokenCount: model.text.positionCount)
    }

    func decoding(width: Int, height: Int, inTiles: Bool, threadCount: Int) -> Int {
        decoder.activationByteCount(
            height: height / model.sizeFactor, width: width / model.sizeFactor, tiles: inTiles ? TilePlan() : nil,
            arithmetic.delicate, threadCount: threadCount)
    }

    func encoding(width: Int, height: Int, threadCount: Int) -> Int {
        model.vae.encodingByteCount(height: height, width: width, arithmetic.delicate, threadCount: threadCount)
    }

    /// Of a prompt in the text encoder.
    var prompt: Int { model.text.activationByteCount }
}

// MARK: - Plans under a limit

extension ModelMemory {
    /// Threads that choices which change a picture's bytes are made for, however many there are.
    private static let expectedThreadCount = 8

    /// What plans of convolutions may take under a limit of the process. Depends on the model, the precision and the limit
    /// only, so that equal limits give equal bytes.
    func convolutionLimits(within limit: Int) -> (unet: Int, decoder: Int, encoder: Int) {
        let threadCount = Self.expectedThreadCount
        let (width, height) = model.defaultSize
        let fixed = Self.processByteCount(threadCount: threadCount) + rest(smallest)
        func room(_ network: NetworkSize, _ activations: Int) -> Int {
            network.convolutionLimit(
                within: Self.usable(limit) - fixed - activations - network.scratch(threadCount: threadCount))
        }
        let calls = model.unet.timeConditionChannels == nil ? 2 : 1
        let denoising =
            denoising(rows: calls, width: width, height: height, threadCount: threadCount)
            + contexts(promptCount: calls)
        let inTiles = decodesInTiles(.auto, width: width, height: height, limit: limit)
        return (
            room(smallest.unet, denoising),
            room(
                smallest.decoder, decoding(width: width, height: height, inTiles: inTiles, threadCount: threadCount)),
            room(smallest.encoder, encoding(width: width, height: height, threadCount: threadCount))
        )
    }

    /// The networks as they are loaded under a limit of the process; nil has none.
    func networks(within limit: Int?) -> Networks {
        limit.map { Networks(model, arithmetic, limits: convolutionLimits(within: $0)) } ?? fastest
    }

    /// Whether convolutions are computed in other ways under a limit of the process than without.
    func changesPlans(within limit: Int) -> Bool { networks(within: limit) != fastest }

    /// Whether a limit of the process has a picture decoded in tiles that is not without.
    func changesTiling(of request: GenerationRequest, within limit: Int) -> Bool {
        // A picture may bring a size that nobody knows yet.
        guard request.initialImage == nil || request.width != nil else { return request.tiling == .auto }
        let (width, height) = (request.width ?? model.defaultSize.width, request.height ?? model.defaultSize.height)
        return decodesInTiles(request.tiling, width: width, height: height, limit: limit)
            != decodesInTiles(request.tiling, width: width, height: height, limit: nil)
    }

    /// Whether a picture is decoded in tiles under a limit of the process; as `convolutionLimits`, whatever the threads.
    func decodesInTiles(_ choice: TilingChoice, width: Int, height: Int, limit: Int?) -> Bool {
        guard let limit else { return choice.isOn(width: width, height: height) }
        let threadCount = Self.expectedThreadCount
        let whole =
            Self.processByteCount(threadCount: threadCount) + rest(smallest) + smallest.decoder.largestGroup
            + smallest.decoder.scratch(threadCount: threadCount)
            + decoding(width: width, height: height, inTiles: false, threadCount: threadCount)
        return choice.isOn(width: width, height: height, fitsWhole: whole <= Self.usable(limit))
    }
}
