import DiffusionBasics
import DiffusionDenoiser
import DiffusionRenderer
import DiffusionTensors
import DiffusionText
import DiffusionWeights

/// What a model consists of, without reading its weights.
package struct ModelReport: Sendable {
    package struct Part: Sendable {
        /// As the folder of diffusers' layout is called.
        package var name: String
        package var parameterCount: Int
        /// Parameters of each element type, such as `F16`.
        package var elementTypes: [(name: String, parameterCount: Int)]
        /// What is missing or of another shape, in one sentence.
        package var problem: (any Error)?
        /// What is there and not used.
        package var unread: String?
    }

    package var parts: [Part]
    /// What keeps pictures from being encoded; nil where image to image works.
    package var encoderProblem: (any Error)?
    package var scheduler: String
    package var predictionType: String
    package var latentChannels: Int
    package var textLayerCount: Int
    package var tokenLimit: Int?
}

extension DiffusionModel {
    /// Opens the weight files and checks every name and shape.
    package func report() -> ModelReport {
        ModelReport(
            parts: [
                part(.unet) { _ = UNet2DConditionModel($0, configuration: unet) },
                part(.vae) { _ = vae.makeDecoder($0) },
                part(.textEncoder) { _ = CLIPTextModel($0, configuration: text) },
            ],
            encoderProblem: encoderProblem, scheduler: source.schedulerClass,
            predictionType: (scheduler.predictionType ?? .epsilon).rawValue, latentChannels: vae.latentChannels,
            textLayerCount: text.layerCount, tokenLimit: try? tokens(of: "").limit)
    }

    /// Opens the weight files and checks every name and shape that rendering needs, without reading a weight.
    /// - Throws: what loading would throw.
    package func checkWeights(for requests: [ResolvedRequest]) throws {
        let encodes = requests.contains { $0.initialPicture != nil }
        let stores = try [ModelPart.textEncoder, .unet, .vae].map { try source.weights(of: $0) }
        _ = CLIPTextModel(WeightScope(stores[0]), configuration: text)
        _ = UNet2DConditionModel(WeightScope(stores[1]), configuration: unet)
        _ = vae.makeDecoder(WeightScope(stores[2]))
        if encodes { _ = vae.makeEncoder(WeightScope(stores[2])) }
        _ = try tokens(of: "")
        try WeightStore.check(stores)
    }

    private func part(_ part: ModelPart, _ build: (WeightScope) -> Void) -> ModelReport.Part {
        var report = ModelReport.Part(name: part.rawValue, parameterCount: 0, elementTypes: [])
        do {
            let store = try source.weights(of: part)
            report.elementTypes = store.elementTypes.map { (name: $0.key.rawValue, parameterCount: $0.value) }
                .sorted { $0.parameterCount > $1.parameterCount }
            report.parameterCount = report.elementTypes.reduce(0) { $0 + $1.parameterCount }
            build(WeightScope(store))
            try store.check()
            report.unread = store.unreadWarning
        } catch {
            report.problem = error
        }
        return report
    }

    private var encoderProblem: (any Error)? {
        do {
            try checkEncodes()
            let store = try source.weights(of: .vae)
            _ = vae.makeEncoder(WeightScope(store))
            try store.check()
            return nil
        } catch {
            return error
        }
    }
}
