/// The evaluations of solvers that take two a step: at the level the step begins on, then at a middle one. The last step,
/// which ends on level 0, has the first only.
enum TwoStage {
    /// The level that diffusers' KDPM2 classes noise pictures to: half-way through a step, which inpainting comes by, they
    /// take the step's end.
    static func sigmaOfWholeSteps(at evaluation: ModelEvaluation) -> Float {
        Float(evaluation.index.isMultiple(of: 2) ? evaluation.sigma : evaluation.nextSigma)
    }

    /// - Parameters:
    ///   - sigmas: the levels steps begin on, and 0; one more than `timesteps`.
    ///   - middles: the level of each step's second evaluation, for all steps but the last.
    static func evaluations(
        timesteps: [Double], sigmas: [Float], middleTimesteps: [Double], middles: [Float]
    ) -> [ModelEvaluation] {
        let last = timesteps.count - 1
        return timesteps.indices.flatMap { step -> [ModelEvaluation] in
            let middle = step == last ? 0 : middles[step]
            let first = ModelEvaluation(
                index: 2 * step, timestep: timesteps[step], sigma: Double(sigmas[step]), nextSigma: Double(middle))
            guard step < last else { return [first] }
            let second = ModelEvaluation(
                index: 2 * step + 1, timestep: middleTimesteps[step], sigma: Double(middle),
                nextSigma: Double(sigmas[step + 1]))
            return [first, second]
        }
    }
}
