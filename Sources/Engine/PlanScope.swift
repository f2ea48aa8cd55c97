import DiffusionTensors

/// What the convolutions below a scope are told about the choice of their plans.
private enum ExpectedFeatureMapKey: WeightScopeKey {
    static let defaultValue: ExpectedFeatureMap? = nil
}

private enum ConvolutionMethodKey: WeightScopeKey {
    static let defaultValue: ConvolutionMethod? = nil
}

private enum PlanBookKey: WeightScopeKey {
    static let defaultValue: PlanBook? = nil
}

extension WeightScope {
    /// Nil where nobody has said: 3×3 convolutions are computed directly then.
    package var expectedFeatureMap: ExpectedFeatureMap? { self[ExpectedFeatureMapKey.self] }

    /// The same place, where feature maps of that size are expected.
    package func expecting(_ map: ExpectedFeatureMap?) -> WeightScope { setting(ExpectedFeatureMapKey.self, to: map) }

    /// The same place, where feature maps' sides are 2⁻ˡ times as long as expected so far.
    package func atLevel(_ level: Int) -> WeightScope { expecting(expectedFeatureMap?.atLevel(level)) }

    /// The same place, where convolutions that `method` covers are computed so, whatever it costs.
    package func forcing(_ method: ConvolutionMethod) -> WeightScope {
        setting(ConvolutionMethodKey.self, to: method)
    }

    /// The same place, with plans chosen together with those of all other layers in the book.
    package func choosingPlans(in book: PlanBook) -> WeightScope { setting(PlanBookKey.self, to: book) }

    /// How a convolution here is to be computed; to be asked when its weights are read.
    func convolutionMethod(for descriptor: Convolution2DDescriptor) -> @Sendable () -> ConvolutionMethod {
        let method = chosenMethod(for: descriptor)
        let arithmetic = arithmetic
        group?.setSize(of: fullName("weight")) { arithmetic.packedSize(descriptor, method()) }
        return method
    }

    private func chosenMethod(for descriptor: Convolution2DDescriptor) -> @Sendable () -> ConvolutionMethod {
        let methods = ConvolutionMethod.covering(descriptor)
        if let forced = self[ConvolutionMethodKey.self], methods.contains(forced) { return { forced } }
        guard let map = expectedFeatureMap, methods.count > 1 || self[PlanBookKey.self] != nil else {
            return { methods[0] }
        }
        let cost = ConvolutionCost(descriptor, arithmetic, on: map)
        let candidates = methods.map {
            PlanCandidate(
                byteCount: ConvolutionCost.byteCount(descriptor, $0, arithmetic), seconds: cost.seconds($0))
        }
        guard let book = self[PlanBookKey.self] else { return { methods[PlanChoice.unlimited(candidates)] } }
        let number = book.enter(candidates)
        return { methods[book.choice(ofLayer: number)] }
    }
}
