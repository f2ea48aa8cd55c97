import Diffusion
import DiffusionBasics
import TestSupport
import Testing

/// The published schema against the reader: what one takes the other takes.
@Suite struct JobSchemaTests {
    private let validator: SchemaValidator

    init() throws { validator = SchemaValidator(try JSONParser.parse(Array(JobSchema.text.utf8), file: "schema")) }

    private func problem(_ text: String) throws -> String? {
        validator.problem(try JSONParser.parse(Array(text.utf8), file: "t.json"))
    }

    @Test func itSaysWhichDraftItIs() throws {
        let schema = try JSONParser.parse(Array(JobSchema.text.utf8), file: "schema")
        #expect(schema.object?["$schema"]?.string == "https://json-schema.org/draft/2020-12/schema")
    }

    @Test func theExamplesOfTheDocumentationFit() throws {
        let names = try JobExamples.names.filter { $0.hasSuffix(".json") }
        #expect(names.count >= 3)
        for name in names { #expect(try problem(JobExamples.text(name)) == nil, "\(name)") }
    }

    @Test(arguments: [
        #"["a", {"prompt": "b", "steps": 20.0, "x_own": [1]}]"#, #"{"prompt": "a", "steps": 3, "vars.a": 1}"#,
        #"{"jobs": ["a"]}"#, #"{"$schema": "s", "jobs": [{"id": 3, "depends_on": ["a", 3]}, {"depends_on": "a"}]}"#,
        #"[{"matrix": {"steps": "1..3", "cfg_scale": {"from": 1, "to": 2, "step": 0.5}, "vars.a": ["x", 1]}}]"#,
        #"[{"zip": {"sampler_name": ["ddim"], "seed": [-1]}, "exclude": {"steps": 1}}]"#,
        #"[{"seed": 18446744073709551615, "eta": null, "init_images": ["a.png"], "styles": [], "enable_hr": false}]"#,
        #"[{"override_settings": {"sd_vae": "x", "eta_noise_seed_delta": 0}, "guidance_scale": 2, "script_name": null}]"#,
        #"{"run": {"max_memory": "6GB", "on_error": "stop"}, "output": {"quality": 5, "x_a": 1}, "jobs": ["a"]}"#,
    ])
    func whatTheReaderTakesFits(text: String) throws {
        #expect(try problem(text) == nil)
    }

    @Test(arguments: [
        "[]", "{\"jobs\": []}", "7", "\"a\"", #"[7]"#, #"[{"promt": "a"}]"#, #"[{"steps": 0}]"#, #"[{"steps": 1001}]"#,
        #"[{"steps": 1.5}]"#, #"[{"steps": "20"}]"#, #"[{"cfg_scale": 1e9}]"#, #"[{"seed": -2}]"#, #"[{"rng": "gpu"}]"#,
        #"[{"enable_hr": true}]"#, #"[{"styles": ["x"]}]"#, #"[{"matrix": {"steps": []}}]"#,
        #"[{"matrix": {"stps": [1]}}]"#,
        #"[{"matrix": {"prompt": "1..3"}}]"#, #"[{"matrix": {"steps": {"from": 1}}}]"#, #"[{"vars": {"a b": 1}}]"#,
        #"[{"vars": {"a": [1]}}]"#, #"{"version": 2, "jobs": ["a"]}"#, #"{"jobs": ["a"], "run": {"retries": -1}}"#,
        #"{"jobs": ["a"], "output": {"on_exists": "ask"}}"#, #"{"jobs": ["a"], "defaults": {"matrix": {}}}"#,
        #"[{"init_images": ["a", "b"]}]"#, #"[{"exclude": [7]}]"#, #"[{"depends_on": true}]"#, #"[{"cache": "deep"}]"#,
        #"{"defaults": {}, "output": {}}"#, #"[{"override_settings": {"sd_hypernetwork": "x"}}]"#,
    ])
    func whatTheReaderRefusesDoesNotFit(text: String) throws {
        #expect(throws: (any Error).self) { try Jobs.plan(text) }
        #expect(try problem(text) != nil)
    }

    /// Every name of every field is in the schema, and nothing else is.
    @Test func theTableIsTheSchema() throws {
        let schema = try JSONParser.parse(Array(JobSchema.text.utf8), file: "schema")
        let job = try #require(schema.object?["$defs"]?.object?["job"]?.object?["properties"]?.object)
        for name in JobFieldListing.names where !name.contains(".") { #expect(job[name] != nil, "\(name)") }
        for key in job.keys where key != "override_settings" {
            #expect(throws: Never.self) { try Jobs.job("\"\(key)\": null") }
        }
    }
}
