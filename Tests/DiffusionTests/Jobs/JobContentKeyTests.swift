import Diffusion
import DiffusionBasics
import Testing

/// Keys by which a rerun knows finished pictures.
@Suite struct JobContentKeyTests {
    private func keys(_ text: String, model: String = "m", input: String = "i") throws -> [String] {
        try Jobs.plan(text).renders.map { $0.contentKey(modelDigest: model) { _ in input } }
    }

    private func key(_ members: String) throws -> String { try keys("[{\(members)}]")[0] }

    /// The text that is hashed, written out: a change of it makes every finished picture render again.
    @Test func theKeyIsTheHashOfTheSortedParameters() throws {
        let text = """
            diffuse render 1
            cfg_scale "7.0"
            height "64"
            model "abc"
            prompt "a \\"cat\\""
            sampler_name "DDIM"
            seed "3"
            steps "20"
            width "64"

            """
        let job = #"[{"prompt": "a \"cat\"", "seed": 3, "width": 64, "height": 64, "sampler_name": "ddim"}]"#
        #expect(try keys(job, model: "abc") == [SHA256.hexadecimal(Array(text.utf8))])
    }

    @Test func spellingsDefaultsAndNamesDoNotCount() throws {
        let plain = try key(#""prompt": "a", "seed": 3"#)
        let same = [
            #""seed": 3, "prompt": "a""#, #""prompt": "a", "seed": 3, "steps": 20, "cfg_scale": 7, "eta": 0"#,
            #""prompt": "a", "seed": 3, "id": "x", "output": "y.png", "x_note": 1"#,
            #""prompt": "a", "seed": 3, "num_inference_steps": 20.0, "guidance_scale": 7.0"#,
            #""prompt": "$v", "vars": {"v": "a"}, "matrix": {"seed": [3]}"#,
            #""prompt": "a", "seed": 3, "vae_tiling": "auto""#,
        ]
        for members in same { #expect(try key(members) == plain, "\(members)") }
        #expect(try keys(#"["b", {"prompt": "a", "seed": 3}]"#)[1] == plain)
    }

    @Test func samplersCountByWhatTheyAre() throws {
        let names = ["euler_a", "Euler a", "EulerAncestralDiscreteScheduler"]
        let keys = try names.map { try key("\"seed\": 1, \"sampler_name\": \"\($0)\"") }
        #expect(Set(keys).count == 1)
    }

    @Test func everythingElseCounts() throws {
        let members = [
            #""prompt": "b""#, #""negative_prompt": "b""#, #""steps": 19"#, #""cfg_scale": 7.5"#, #""width": 32"#,
            #""height": 32"#, #""sampler_name": "Euler a""#, #""scheduler": "trailing""#, #""eta": 0.5"#,
            #""clip_skip": 1"#, #""rng": "philox""#, #""guidance_rescale": 0.5"#, #""seed": 2"#,
            #""cfg_range": "0..0.5""#,
            #""cache": "deep:2""#, #""vae_tiling": "on""#, #""n_iter": 1"#,
        ]
        let keys = try members.map { try key("\($0)" + ($0.contains("\"seed\"") ? "" : ", \"seed\": 1")) }
        #expect(Set(keys).count == members.count)
        let job = #"[{"seed": 1}]"#
        #expect(try self.keys(job, model: "n") != self.keys(job))
    }

    @Test func picturesCountByTheirContent() throws {
        let text = #"[{"output": "a.png", "seed": 1}, {"init_images": "out/a.png", "seed": 1}]"#
        let plan = try Jobs.plan(text)
        var asked: [JobRender.Input] = []
        let first = plan.renders[1].contentKey(modelDigest: "m") {
            asked.append($0)
            return "one"
        }
        #expect(asked == [.render(0)])
        #expect(try keys(text, input: "two")[1] != first)
        #expect(try keys(text.replacing("a.png", with: "b.png"), input: "one")[1] == first)
    }
}
