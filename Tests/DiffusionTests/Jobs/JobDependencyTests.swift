import Diffusion
import DiffusionBasics
import TestSupport
import Testing

/// Renders that take in the pictures of others.
@Suite struct JobDependencyTests {
    private static let jobs = """
        {"output": {"dir": "out", "name": "{job}/{index:04}-{seed}.png"}, "jobs": [ "first",
          {"id": "castle", "prompt": "a castle, {winter|summer} light", "seed": 1234, "n_iter": 2},
          {"id": "edit", "init_images": ["./out//castle/0001-1235.png"], "denoising_strength": 0.6, "seed": 1}]}
        """

    @Test func aPictureOfAnEarlierRenderIsKnownByItsPath() throws {
        let render = try #require(Jobs.plan(Self.jobs).renders.last)
        #expect(render.initialRender == 2 && render.dependencies == [2..<3])
        #expect(render.request.initialImage == .file("out/castle/0001-1235.png"))
        #expect(render.request.strength == 0.6 && render.request.width == nil)
    }

    @Test func anotherOutputFolderMovesItToo() throws {
        let render = try #require(Jobs.plan(Self.jobs, outputDirectory: "/tmp/other").renders.last)
        #expect(render.initialRender == 2)
        #expect(render.request.initialImage == .file("/tmp/other/castle/0001-1235.png"))
    }

    @Test func onlyPlansWithDependenciesSaySo() throws {
        #expect(try Jobs.plan(Self.jobs).renders.hasDependencies)
        #expect(try !Jobs.plan(#"["a", "b"]"#).renders.hasDependencies)
    }

    @Test func jobsAreNamedByTheirIDs() throws {
        let plan = try Jobs.plan(
            #"[{"id": "a", "n_iter": 3}, "b", {"depends_on": ["a", "1"]}, {"depends_on": "out/0001-5.png"}]"#
                .replacing("\"b\"", with: #"{"seed": 5, "output": "0001-5.png"}"#))
        #expect(plan.renders[4].dependencies == [0..<3, 3..<4])
        #expect(plan.renders[5].dependencies == [3..<4])
    }

    @Test(arguments: [
        #"[{"depends_on": "b"}, {"id": "b"}]"#, #"[{"id": "a", "depends_on": "a"}]"#, #"[{"depends_on": "nothing"}]"#,
    ])
    func whatIsFurtherDownIsRefused(text: String) {
        let problems = Jobs.problems(text)
        #expect(problems.map(\.code) == ["job-file.dependency"])
        #expect(problems.first?.field == "depends_on" && problems.first?.position != nil)
    }

    @Test func picturesThatAreNowhereAreRefused() {
        let later = #"[{"init_images": ["out/x.png"]}, {"output": "x.png"}]"#
        #expect(Jobs.problems(later).map(\.code) == ["job-file.missing-file"])
        let own = #"[{"init_images": ["out/x.png"], "output": "x.png"}]"#
        #expect(Jobs.problems(own).map(\.field) == ["init_images"])
        #expect(Jobs.problems(ofJob: #""init_images": "/""#).first?.problem.contains("a folder") == true)
    }

    @Test func picturesMayStandInTheJob() throws {
        let bytes = Fixture("pipeline").path
        let png = "iVBORw0KGgo" + String(repeating: "A", count: 289)
        let plan = try Jobs.plan("[{\"init_images\": [\"\(png)\"]}, {\"image\": \"data:image/png;base64,AAAA\"}]")
        guard case .encoded(let first)? = plan.renders[0].request.initialImage else {
            Issue.record("no bytes in \(bytes)")
            return
        }
        #expect(first.starts(with: [0x89, 0x50, 0x4E, 0x47]))
        #expect(plan.renders[1].request.initialImage == .encoded([0, 0, 0]))
        #expect(Jobs.problems(ofJob: #""init_images": ["data:image/png;base64,!!"]"#).map(\.field) == ["init_images"])
    }

    @Test func masksNeedAPicture() throws {
        let folder = try TemporaryFolder()
        let mask = try folder.write("mask.png", "x")
        #expect(Jobs.problems(ofJob: "\"mask\": \"\(mask)\"").map(\.field) == ["mask"])
        let plan = try Jobs.plan("[{\"output\": \"a.png\"}, {\"init_images\": \"\(mask)\", \"mask\": \"out/a.png\"}]")
        #expect(plan.renders[1].maskRender == 0 && plan.renders[1].dependencies == [0..<1])
        #expect(plan.renders[1].inputs.map(\.input) == [.file(mask), .render(0)])
    }
}
