import DiffusionBasics
import DiffusionDenoiser
import TestSupport
import Testing

@Suite struct SinusoidalFeaturesTests {
    @Test func agreesWithDiffusers() throws {
        let fixture = Fixture("engine/operations")
        let tensors = try fixture.tensors()
        let cases = try #require(try fixture.json("cases.json").object?["cases"]?.array)
        let ours = cases.compactMap(\.object).filter { $0["operation"]?.string == "timestep_embedding" }
        #expect(ours.count >= 4)
        for golden in ours {
            let name = try #require(golden["name"]?.string)
            let parameters = try #require(golden["parameters"]?.object)
            let features = sinusoidalFeatures(
                of: try #require(tensors["\(name)/timestep"]).scalars.map(Double.init),
                width: try #require(parameters["width"]?.number?.integer()),
                cosineFirst: parameters["flipSinToCos"]?.bool == true,
                frequencyShift: try #require(parameters["frequencyShift"]?.number?.double))
            let expected = try #require(tensors["\(name)/output"])
            // One ulp of a frequency is 6e-5 of an angle at timestep 999.
            #expect(differences(features, from: expected, tolerance: 1e-4, name: name) == nil)
        }
    }
}
