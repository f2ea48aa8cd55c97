import TestSupport
import Testing

/// The same render gives the same file: alone, among others, in a share, and made again by `--from-image`.
@Suite(.serialized) struct BatchRepeatingTests {
    private let batch: BatchProgram
    private static let picture = Fixture("inpaint/blended").file("picture.png")
    private static let mask = Fixture("inpaint/blended").file("mask.png")

    init() throws { batch = try BatchProgram() }

    /// A job each; what a file says of it must lead back to the same render, and so to the same key.
    static let settings: [String] = [
        "{}",
        #"{"negative_prompt": "fog, \"grey\":\n rain", "cfg_scale": 3.25, "width": 24, "height": 16}"#,
        #"{"sampler_name": "DPM++ 2M Karras"}"#,
        #"{"sampler_name": "Euler", "scheduler": "exponential"}"#,
        #"{"sampler_name": "Euler a", "scheduler": "trailing", "rng": "philox", "seed": 18446744073709551615}"#,
        #"{"scheduler": "euler_a"}"#,
        #"{"sampler_name": "ddim", "eta": 0.3, "guidance_rescale": 0.7, "clip_skip": 1, "cfg_scale": 1}"#,
        #"{"cache": "deep:2", "cfg_range": "0.20..0.8", "steps": 4}"#,
        #"{"cfg_range": "0..1", "vae_tiling": "off"}"#,
        #"{"vae_tiling": "on"}"#,
        #"{"n_iter": 2, "prompt": "a {cat|dog}, 東京 ", "x_ticket": 7}"#,
    ]

    @Test(arguments: ["png", "jpg"]) func aPictureIsMadeAgainByteForByte(_ ending: String) async throws {
        let jobs = Self.settings.joined(separator: ",\n")
        try batch.write(
            """
            {"output": {"name": "{job}-{index}.\(ending)", "quality": 77}, "run": {"precision": "f32"},
             "defaults": {"prompt": "two words, \\n a: line", "steps": 2, "seed": 5}, "jobs": [\(jobs)]}
            """)
        let outcome = try await batch.run()
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(outcome.paths.count == Self.settings.count + 3)
        for path in outcome.paths {
            let again = try await batch.program.run(["--from-image", path, "--force", "-o", "again.\(ending)"])
            #expect(again.code == 0 && !again.errors.contains("warning"), "\(path): \(again.errors)")
            #expect(try batch.folder.bytes("again.\(ending)") == batch.folder.bytes(path), "\(path)")
        }
    }

    /// The pictures that it begins with are named beside.
    @Test(arguments: [
        "", #", "width": 32, "height": 24"#, #", "mask": "\#(mask)""#,
        #", "vae_tiling": "off", "denoising_strength": 0.35"#,
    ])
    func aPictureThatBeganWithAnotherIsMadeAgain(_ members: String) async throws {
        try batch.write(#"[{"prompt": "x", "steps": 4, "seed": 5, "init_images": ["\#(Self.picture)"]\#(members)}]"#)
        let outcome = try await batch.run()
        #expect(outcome.code == 0, "\(outcome.errors)")
        let path = try #require(outcome.paths.first)
        let beside = ["--init-img", Self.picture] + (members.contains("mask") ? ["--mask", Self.mask] : [])
        let again = try await batch.program.run(["--from-image", path, "-o", "again.png"] + beside)
        #expect(again.code == 0, "\(again.errors)")
        #expect(try batch.folder.bytes("again.png") == batch.folder.bytes(path))
    }

    @Test func whatIsMadeAgainIsKnownToTheJob() async throws {
        try batch.write(#"[{"prompt": "a cat", "steps": 2, "seed": 5, "sampler_name": "Euler a"}]"#)
        let path = try #require(try await batch.run().paths.first)
        #expect(try await batch.program.run(["--from-image", path, "-o", "again.png"]).code == 0)
        try batch.folder.write(path, batch.folder.bytes("again.png"))
        #expect(try await batch.run().paths == [])
        #expect(try batch.statuses() == ["done", "skipped"])
    }

    @Test func aRenderHasItsBytesAloneAmongOthersAndInAShare() async throws {
        let name = #""output": {"name": "{seed}-{cfg_scale}.png"}, "defaults": {"steps": 3, "prompt": "a cat"}"#
        let sizes = #""matrix": {"width": [64, 32], "cfg_scale": [1, 4], "seed": "1..6"}"#
        let job = "{\(name), \"jobs\": [{\"output\": \"{width}-{seed}-{cfg_scale}.png\", \(sizes)}]}"
        try batch.write(job)
        #expect(try await batch.run(["-o", "together"]).code == 0)
        let together = try batch.bytes(ofPictures: "together")
        #expect(together.count == 24)
        for arguments in [["--batch", "1"], ["--batch", "7", "--threads", "1"]] {
            #expect(try await batch.run(["-o", "other", "--on-exists", "overwrite"] + arguments).code == 0)
            #expect(try batch.bytes(ofPictures: "other") == together, "\(arguments)")
        }
        for shard in 0..<5 { #expect(try await batch.run(["-o", "shares", "--shard", "\(shard)/5"]).code == 0) }
        #expect(try batch.bytes(ofPictures: "shares") == together)
        let alone = #""jobs": [{"width": 32, "cfg_scale": 4, "seed": 3, "output": "{width}-{seed}-{cfg_scale}.png"}]"#
        try batch.write("{\(name), \(alone)}")
        #expect(try await batch.run(["-o", "alone"]).code == 0)
        #expect(try batch.bytes(ofPictures: "alone") == ["32-3-4.png": #require(together["32-3-4.png"])])
    }
}
