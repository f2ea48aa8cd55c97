/// The timesteps of models distilled to few steps (LCM, TCD): some of those they were distilled with.
enum DistilledTimesteps {
    /// - Returns: `stepCount` timesteps, falling, spread over the distillation's.
    /// - Throws: `SchedulerError` where there are fewer, `ConfigurationError` where they are more than training's.
    static func pick(
        _ stepCount: Int, _ configuration: SchedulerConfiguration, _ schedule: NoiseSchedule
    ) throws -> [Int] {
        let original = configuration.originalInferenceSteps ?? 50
        guard original <= schedule.trainCount else {
            throw configuration.outOfRange(
                "original_inference_steps", String(original), expected: "at most \(schedule.trainCount)")
        }
        guard (1...original).contains(stepCount) else {
            throw SchedulerError.stepCountOutOfRange(stepCount: stepCount, allowed: 1...original)
        }
        let stride = schedule.trainCount / original
        let share = Double(original) / Double(stepCount)
        return (0..<stepCount).map { (original - Int(Double($0) * share)) * stride - 1 }
    }
}
