import Diffusion
import DiffusionBasics
import TestSupport
import Testing

/// Names of pictures: cases 45 to 47, templates, and that they never depend on the order of work.
@Suite struct JobOutputTests {
    private func problems(name: String) -> [JobProblem] {
        Jobs.problems("{\"output\": {\"name\": \(JSONNode.quoted(name))}, \"jobs\": [{\"seed\": 1}]}")
    }

    // MARK: - 45

    @Test(arguments: [
        ("../x.png", "output-name.leaves-folder"), ("a/../../x.png", "output-name.leaves-folder"),
        ("/tmp/x.png", "output-name.absolute"), ("", "output-name.empty"),
        ("a\nb.png", "output-name.control-character"),
        ("a.", "output-name.trailing-dot"), ("a./b.png", "output-name.trailing-dot"), ("a/", "output-name.no-name"),
        ("{sed}.png", "output-name.unknown-placeholder"), ("{seed.png", "output-name.stray-brace"),
        ("a\0.png", "job-file.out-of-range"), ("a.gif", "job-file.output"),
    ])
    func namesThatNoFileMayHaveAreRefused(name: String, code: String) throws {
        let ofFile = try #require(problems(name: name).first)
        #expect(ofFile.code == code && ofFile.position?.column ?? 0 > 1)
        let ofJob = try #require(Jobs.problems(ofJob: "\"output\": \(JSONNode.quoted(name))").first)
        #expect(ofJob.code == code && ofJob.field == "output" && ofJob.job == "0")
    }

    @Test func longNamesAreRefused() {
        let name = String(repeating: "a", count: 296) + ".png"
        #expect(problems(name: name).map(\.code) == ["output-name.too-long"])
        // Through a placeholder, where only the render shows it.
        let id = String(repeating: "é", count: 100)
        let long = "{\"output\": {\"name\": \"{job}-{job}.png\"}, \"jobs\": [{\"id\": \"\(id)\"}]}"
        #expect(Jobs.problems(long).map(\.code) == ["output-name.too-long"])
    }

    @Test(arguments: ["", "a\\nb", "\\u0000"]) func foldersThatNoneCanBeAreRefused(folder: String) {
        let text = "{\"output\": {\"dir\": \"\(folder)\"}, \"jobs\": [\"a\"]}"
        #expect(Jobs.problems(text).map(\.field) == ["output.dir"])
    }

    @Test func aFileInTheFoldersPlaceIsRefused() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("taken", "x")
        let text = "{\"output\": {\"dir\": \"\(file)\"}, \"jobs\": [\"a\"]}"
        #expect(Jobs.problems(text).map(\.field) == ["output.dir"])
    }

    @Test func namesOfJobsCannotLeaveTheFolder() throws {
        let plan = try Jobs.plan(#"{"output": {"name": "{job}/x.png"}, "jobs": [{"id": "../../etc"}]}"#)
        #expect(plan.paths == ["-..-etc/x.png"])
    }

    // MARK: - 46

    @Test(arguments: [
        #"{"output": {"name": "a.png"}, "jobs": ["a", "b"]}"#,
        #"{"output": {"name": "{job}.png"}, "jobs": [{"n_iter": 2}]}"#,
        #"{"output": {"name": "{seed}.png"}, "jobs": [{"seed": 1, "n_iter": 2}, {"seed": 2}]}"#,
        #"[{"output": "x/a.png"}, {"output": "./x//a.png"}]"#,
        #"{"output": {"name": "{job}.png"}, "jobs": [{"id": "a/b"}, {"id": "a-b"}]}"#,
    ])
    func twoRendersOfOneNameAreRefused(text: String) {
        let problems = Jobs.problems(text)
        #expect(problems.map(\.code) == ["job-file.same-output"])
        #expect(problems.first?.remedy?.contains("{index}") == true)
    }

    @Test func namesOfTwoScriptsAreDifferent() throws {
        // The same letter in one scalar and in two: two files on most systems.
        let plan = try Jobs.plan("[{\"output\": \"\u{E9}.png\"}, {\"output\": \"e\u{301}.png\"}]")
        #expect(plan.paths.count == 2)
    }

    @Test(arguments: [#"[{"id": "a"}, {"id": "a"}]"#, #"["x", {"id": "0"}]"#, #"[{"id": 7}, {"id": "7"}]"#])
    func twoJobsOfOneIDAreRefused(text: String) {
        #expect(Jobs.problems(text).map(\.code).first == "job-file.same-id")
    }

    // MARK: - 47

    @Test func linksOutOfTheFolderAreRefused() throws {
        let folder = try TemporaryFolder()
        let out = try folder.folder("out")
        try folder.folder("elsewhere")
        try folder.folder("out/real")
        try folder.link("out/away", to: "\(folder.path)/elsewhere")
        try folder.link("out/up", to: "..")
        try folder.link("out/within", to: "real")
        try folder.link("out/nowhere", to: "/nowhere/at/all")
        func names(_ path: String) throws {
            _ = try Jobs.plan("[{\"output\": \"\(path)\"}]", outputDirectory: out)
        }
        for path in ["away/a.png", "away/deep/a.png", "up/a.png", "nowhere/a.png", "within/../away/a.png"] {
            #expect(throws: JobFileError.self, "\(path)") { try names(path) }
        }
        for path in ["within/a.png", "real/a.png", "new/a.png", "a.png"] { try names(path) }
    }

    @Test func theFolderItselfMayBeALink() throws {
        let folder = try TemporaryFolder()
        try folder.folder("real/sub")
        try folder.link("out", to: "real")
        _ = try Jobs.plan(#"[{"output": "sub/a.png"}]"#, outputDirectory: "\(folder.path)/out")
    }

    // MARK: - Templates

    @Test func theNumberCountsThroughTheFileUnlessTheNameHasTheJob() throws {
        let jobs = #""jobs": [{"id": "a", "seed": 1, "n_iter": 2}, {"id": "b", "seed": 1, "n_iter": 2}]}"#
        let all = try Jobs.plan("{\"output\": {\"name\": \"{index:03}.png\"}, \(jobs)")
        #expect(all.paths == ["000.png", "001.png", "002.png", "003.png"])
        let each = try Jobs.plan("{\"output\": {\"name\": \"{job}/{index:03}.png\"}, \(jobs)")
        #expect(each.paths == ["a/000.png", "a/001.png", "b/000.png", "b/001.png"])
    }

    @Test func whatARenderSaysCanBeInItsName() throws {
        let name = "{width}x{height}-{steps:03}-{cfg_scale}-{sampler_name}-{prompt_slug}-{seed}.png"
        let job =
            #""prompt": "A Red Cube!", "width": 64, "height": 32, "cfg_scale": 7.5, "sampler_name": "euler_a", "seed": 3"#
        let plan = try Jobs.plan("{\"output\": {\"name\": \"\(name)\"}, \"jobs\": [{\(job)}]}")
        #expect(plan.paths == ["64x32-020-7.5-euler-a-a-red-cube-3.png"])
    }

    @Test func aJobMayNameItsOwn() throws {
        let plan = try Jobs.plan(#"["a", {"seed": 5, "output": "own/{seed}.jpg"}]"#)
        #expect(plan.paths[0].hasPrefix("0000-") && plan.paths[1] == "own/5.jpg")
    }

    @Test func sizesThatAPictureBringsCannotBeInItsName() throws {
        let folder = try TemporaryFolder()
        let picture = try folder.write("a.png", "x")
        let job = "{\"init_images\": [\"\(picture)\"], \"output\": \"{width}.png\""
        #expect(Jobs.problems("[\(job)}]").map(\.code) == ["job-file.output"])
        #expect(try Jobs.plan("[\(job), \"width\": 64, \"height\": 64}]").paths == ["64.png"])
    }
}
