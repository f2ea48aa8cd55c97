import DiffusionTensors
import DiffusionWeights
import Foundation
import TestSupport
import Testing

/// Renders that fail by themselves, and pictures that say nothing of themselves.
@Suite(.serialized) struct BatchItemTests {
    private let batch: BatchProgram
    private var folder: TemporaryFolder { batch.folder }

    init() throws { batch = try BatchProgram() }

    /// A copy of the small model whose U-Net's answers no step can take without overflow.
    private func makeOverflowingModel(_ name: String) throws {
        try FileManager.default.copyItem(atPath: DiffuseProgram.smallModel, toPath: folder.file(name))
        let file = "\(name)/unet/diffusion_pytorch_model.safetensors"
        let tensors = try loadTensors(folder.file(file)).map { key, tensor in
            (name: key, tensor: key == "conv_out.bias" ? tensor.map { _ in 3e38 } : tensor)
        }
        #expect(tensors.contains { $0.name == "conv_out.bias" })
        try folder.remove(file)
        try folder.write(file, tensors: tensors)
    }

    /// Case 64.
    @Test func whatIsNotFiniteFailsItsRenderAndNamesTheStep() async throws {
        try makeOverflowingModel("broken")
        try batch.write(
            """
            {"defaults": {"steps": 3, "seed": 1}, "jobs": [
              {"id": "good", "prompt": "a", "n_iter": 2, "model": "\(DiffuseProgram.smallModel)"},
              {"id": "bad", "prompt": "a", "n_iter": 2, "model": "broken"},
              {"id": "after", "prompt": "a", "model": "\(DiffuseProgram.smallModel)", "width": 32, "height": 32}]}
            """)
        let outcome = try await batch.program.run(["batch", "jobs.json"], model: nil)
        #expect(outcome.code == 3, "\(outcome.errors)")
        #expect(try batch.pictures() == ["0000-1.png", "0001-2.png", "0004-1.png"] && batch.leftovers() == [])
        let failures = try batch.results().filter { $0["status"] as? String == "failed" }
        #expect(failures.compactMap { $0["index"] as? Int } == [2, 3])
        for failure in failures {
            let error = failure["error"] as? [String: Any]
            #expect(error?["code"] as? String == "generation.non-finite-latents")
            #expect((error?["message"] as? String)?.contains("step 1 of 3") == true, "\(error ?? [:])")
        }
        #expect(outcome.errors.contains("error: render 2 (bad): "))
    }

    @Test func picturesThatSayNothingAreKnownByTheResultsFiles() async throws {
        let job = #"{"output": {"metadata": "none", "name": "{index}.ENDING"}, "jobs": [JOB]}"#
        let prompt = #"{"prompt": "a cat", "steps": 2, "seed": 3, "n_iter": 2}"#
        for ending in ["png", "jpg"] {
            let text = job.replacing("ENDING", with: ending)
            try batch.write(text.replacing("JOB", with: prompt))
            let first = try await batch.run(["-o", ending])
            #expect(first.code == 0 && first.paths == ["\(ending)/0.\(ending)", "\(ending)/1.\(ending)"])
            let bytes = try folder.bytes("\(ending)/0.\(ending)")
            for mark in ["Steps", "a cat", "trainedAlgorithmicMedia", "Render key", "Diffuse"] {
                #expect(bytes.firstRange(of: Array(mark.utf8)) == nil, "\(mark)")
            }
            let refused = try await batch.program.run(["--from-image", "\(ending)/0.\(ending)"])
            #expect(refused.code == 2 && refused.errors.contains("says nothing of its making"))
            #expect(try await batch.run(["-o", ending]).paths == [])
            // A changed job is another picture, and what nobody knows is not ours.
            try batch.write(text.replacing("JOB", with: prompt.replacing("a cat", with: "a dog")))
            #expect(try await batch.run(["-o", ending]).paths == first.paths)
            try folder.write("\(ending)/1.\(ending)", "mine")
            #expect(try await batch.run(["-o", ending]).code == 3)
            #expect(try folder.bytes("\(ending)/1.\(ending)") == Array("mine".utf8))
        }
    }

    /// A passing trouble of one render leaves the others, and the exit code asks for another try.
    @Test(.enabled(if: FaultTests.hasNamespaces, "needs unshare -rm"))
    func aFullDiskFailsOneRenderAndLeavesTheOthers() async throws {
        try batch.write(
            """
            {"defaults": {"steps": 1, "seed": 1}, "jobs": [{"prompt": "large", "width": 512, "height": 512},
              {"prompt": "small", "width": 16, "height": 16, "n_iter": 3}]}
            """)
        let (codes, names) = try await runOnSmallDisk()
        #expect(codes == ["code 75"])
        #expect(names == ["0001-1.png", "0002-2.png", "0003-3.png", "results.0.0.jsonl"])
    }

    @Test(.enabled(if: FaultTests.hasNamespaces, "needs unshare -rm"))
    func picturesThatNoDiskTakesEndTheRun() async throws {
        try batch.write(
            """
            {"run": {"retries": 0}, "defaults": {"steps": 1, "seed": 1}, "jobs": [
              {"prompt": "large", "width": 512, "height": 512, "n_iter": 5}, {"prompt": "s", "width": 16, "height": 16}]}
            """)
        let (codes, names) = try await runOnSmallDisk()
        #expect(codes == ["failed 3", "code 75"])
        #expect(names == ["results.0.0.jsonl"])
    }

    /// Runs the job in a folder of 64 KiB.
    private func runOnSmallDisk() async throws -> (codes: [String], names: [String]) {
        let disk = try folder.folder("disk")
        let script = """
            mount -t tmpfs -o size=64k none "$2" || exit 99
            "$0" batch jobs.json -m "$1" -o "$2" --batch 1 -q >&2; code=$?
            failed=$(grep -c '"status":"failed"' "$2"/results.0.0.jsonl); [ "$failed" -gt 1 ] && echo "failed $failed"
            echo "code $code"; ls -A "$2"
            """
        let outcome = try await batch.program.run(
            ["-rm", "/bin/sh", "-c", script, DiffuseProgram.path, DiffuseProgram.smallModel, disk], model: nil,
            program: "/usr/bin/unshare")
        #expect(outcome.errors.contains("the disk is full"), "\(outcome.errors)")
        let isName = { (line: String) in line.hasSuffix(".png") || line.hasSuffix(".jsonl") }
        return (outcome.paths.filter { !isName($0) }, outcome.paths.filter(isName))
    }
}
