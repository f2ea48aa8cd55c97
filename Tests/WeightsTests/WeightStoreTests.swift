import DiffusionBasics
import DiffusionTensors
import DiffusionWeights
import TestSupport
import Testing

@Suite struct WeightStoreTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func file(_ name: String, _ tensors: [(String, Tensor)]) throws -> SafetensorsFile {
        try SafetensorsFile(folder.write(name, tensors: tensors.map { (name: $0.0, tensor: $0.1) }))
    }

    private func counting(_ shape: Shape) -> Tensor {
        Tensor(shape: shape, scalars: (0..<shape.elementCount).map(Float.init))
    }

    @Test func readsWholeParametersAndRanges() throws {
        let store = try WeightStore([file("a", [("x.w", counting([4, 3])), ("y", counting([2]))])])
        let parameter = WeightScope(store)["x"].parameter("w", shape: [4, 3])
        #expect(try parameter.scalars() == (0..<12).map(Float.init))
        var values = [Float](repeating: 0, count: 3)
        try values.withUnsafeMutableBufferPointer { try parameter.read(6..<9, into: $0) }
        #expect(values == [6, 7, 8])
        #expect(store.contains("y") && !store.contains("z"))
        try store.check()
        #expect(store.unreadNames == ["y"])
        #expect(store.unreadWarning?.contains("tensors that are not used: \"y\".") == true)
    }

    @Test func case27_missingTensorsAreListedTogether() throws {
        let store = try WeightStore([file("a", [("x", counting([2])), ("y", counting([2]))])])
        for name in ["x", "y", "b", "a"] { _ = store.parameter(named: name, shape: [2]) }
        let error = #expect(throws: WeightsError.self) { try store.check() }
        #expect(
            error?.description
                == "\(folder.path)/a does not fit its configuration: 2 of 4 tensors are missing: \"b\", \"a\".")
        #expect(error?.code == "weights.missing-tensors")
    }

    @Test func case27_allPartsAreReportedTogether() throws {
        let stores = try ["a", "b", "c"].map { try WeightStore([file($0, [("x", counting([2]))])]) }
        _ = stores[0].parameter(named: "x", shape: [3])
        _ = stores[1].parameter(named: "x", shape: [2])
        _ = stores[2].parameter(named: "y", shape: [2])
        let error = try #require(#expect(throws: WeightsError.self) { try WeightStore.check(stores) })
        #expect(error.code == "weights.missing-tensors")
        #expect(error.sentence.contains("/a does not fit") && error.sentence.contains("/c does not fit"))
        #expect(error.remedy?.contains("another architecture") == true)
        let alone = #expect(throws: WeightsError.self) { try WeightStore.check(Array(stores.prefix(2))) }
        #expect(alone?.code == "weights.wrong-shapes" && alone?.remedy == nil)
    }

    @Test func case27_manyMissingTensorsAreCounted() throws {
        let store = try WeightStore([file("a", [("x", counting([2]))])])
        for index in 0..<600 { _ = store.parameter(named: "t\(index)", shape: [1]) }
        let error = try #require(#expect(throws: WeightsError.self) { try store.check() })
        #expect(error.sentence.contains("600 of 600 tensors are missing: \"t0\", \"t1\""))
        #expect(error.sentence.hasSuffix("\"t19\" and 580 more."))
    }

    @Test func case28_wrongShapesAreListedWithTheMissing() throws {
        let store = try WeightStore([file("a", [("x", counting([2, 3])), ("y", counting([2]))])])
        _ = store.parameter(named: "x", shape: [3, 2])
        _ = store.parameter(named: "y", shape: [2, 1])
        let unread = store.parameter(named: "z", shape: [1])
        let error = #expect(throws: WeightsError.self) { try store.check() }
        #expect(
            error?.sentence
                == "\(folder.path)/a does not fit its configuration: 1 of 3 tensors is missing: \"z\"; 2 have another "
                + "shape: \"x\" is [2, 3], expected [3, 2], \"y\" is [2], expected [2, 1].")
        #expect(throws: WeightsError.self) { try unread.scalars() }
    }

    @Test func case29_aValueThatIsNotFiniteIsFoundWhenItIsRead() throws {
        var values = counting([40])
        values.withUnsafeMutableScalars { $0[37] = .nan }
        let store = try WeightStore([file("a", [("x", values)])])
        let parameter = store.parameter(named: "x", shape: [40])
        try store.check()
        let error = #expect(throws: SafetensorsError.self) {
            var part = [Float](repeating: 0, count: 10)
            try part.withUnsafeMutableBufferPointer { try parameter.read(30..<40, into: $0) }
        }
        #expect(error?.sentence.contains("tensor \"x\" is nan at element 37,") == true)
    }

    @Test func case35_weightsOfAnotherArchitectureAreCalledSo() throws {
        let store = try WeightStore([file("a", [("lora_unet_mid_block.alpha", counting([1]))])])
        for index in 0..<3 { _ = store.parameter(named: "conv\(index).weight", shape: [1]) }
        let error = #expect(throws: WeightsError.self) { try store.check() }
        #expect(
            error?.remedy?.contains("another architecture: its tensors are named like \"lora_unet_mid_block.alpha\"")
                == true)
    }

    @Test func pointwiseConvolutionsAndLinearLayersStandForEachOther() throws {
        let store = try WeightStore([
            file("a", [("c", counting([3, 2, 1, 1])), ("l", counting([3, 2])), ("k", counting([3, 2, 1, 3]))])
        ])
        #expect(try store.parameter(named: "c", shape: [3, 2]).scalars() == [0, 1, 2, 3, 4, 5])
        #expect(try store.parameter(named: "l", shape: [3, 2, 1, 1]).scalars() == [0, 1, 2, 3, 4, 5])
        _ = store.parameter(named: "k", shape: [3, 6])
        _ = store.parameter(named: "c", shape: [2, 3])
        let error = #expect(throws: WeightsError.self) { try store.check() }
        #expect(error?.sentence.contains("2 have another shape") == true)
    }

    @Test func textEncodersReadUnderBothNames() throws {
        for prefix in ["", "text_model."] {
            let store = try WeightStore(
                [
                    file(
                        "t\(prefix.count)",
                        [
                            ("\(prefix)final_layer_norm.weight", counting([2])),
                            ("\(prefix)embeddings.position_ids", counting([1, 2])),
                        ])
                ],
                rules: .textEncoder)
            #expect(try store.parameter(named: "final_layer_norm.weight", shape: [2]).scalars() == [0, 1])
            #expect(try store.parameter(named: "text_model.final_layer_norm.weight", shape: [2]).scalars() == [0, 1])
            try store.check()
            #expect(store.unreadNames == [])
        }
    }

    @Test func optionalPartsAreNotUnread() throws {
        let tensors = ["encoder.x", "encoderx", "decoder.x", "quant_conv.weight"].map { ($0, counting([1])) }
        let store = try WeightStore([file("a", tensors)], optional: ["encoder", "quant_conv"])
        #expect(store.unreadNames == ["decoder.x", "encoderx"])
    }

    @Test func aPrefixSelectsOnePartOfAFile() throws {
        let file = try file("a", [("vae.x", counting([1])), ("vaex", counting([1])), ("unet.x", counting([1]))])
        #expect(try WeightStore([file], prefix: "vae.").names == ["x"])
    }

    @Test func equalPartsOfATensorReadUnderTheirOwnNames() throws {
        let rules = NameRules(splits: ["in_proj_weight": ["q_proj.weight", "k_proj.weight", "v_proj.weight"]])
        let store = try WeightStore([file("a", [("attn.in_proj_weight", counting([6, 2]))])], rules: rules)
        #expect(try store.parameter(named: "attn.q_proj.weight", shape: [2, 2]).scalars() == [0, 1, 2, 3])
        #expect(try store.parameter(named: "attn.v_proj.weight", shape: [2, 2]).scalars() == [8, 9, 10, 11])
        let key = store.parameter(named: "attn.k_proj.weight", shape: [2, 2])
        var row: [Float] = [0, 0]
        try row.withUnsafeMutableBufferPointer { try key.read(2..<4, into: $0) }
        #expect(row == [6, 7])
        try store.check()
        #expect(store.unreadNames == [])
    }

    @Test func aTensorThatDoesNotDivideIsLeftWhole() throws {
        let rules = NameRules(splits: ["in_proj_weight": ["q", "k", "v"]])
        let store = try WeightStore([file("a", [("in_proj_weight", counting([4]))])], rules: rules)
        #expect(store.names == ["in_proj_weight"])
    }

    @Test func theSameNameInTwoShardsIsRefused() throws {
        let files = try [file("a", [("x", counting([1]))]), file("b", [("x", counting([1]))])]
        #expect(throws: WeightsError.duplicate(name: "x", first: files[0].path, second: files[1].path)) {
            try WeightStore(files)
        }
    }
}

@Suite struct NameRulesTests {
    @Test func rulesRenameWholeSegmentsOnly() {
        let rules = NameRules([[.prefix("a.b", "x"), .prefix("a", "y")], [.run("c.d", "z")]])
        #expect(rules.renamed("a.b.e") == "x.e")
        #expect(rules.renamed("a.bb.e") == "y.bb.e")
        #expect(rules.renamed("ab.e") == "ab.e")
        #expect(rules.renamed("q.a.b") == "q.a.b")
        #expect(rules.renamed("q.c.d.e") == "q.z.e")
        #expect(rules.renamed("q.c.dd") == "q.c.dd")
        #expect(rules.renamed("a.c.d") == "y.z")
        #expect(rules.renamed("") == "")
    }

    @Test func oldAutoencoderNamesBecomeNew() {
        let rules = NameRules.autoencoder
        for half in ["encoder", "decoder"] {
            let attention = "\(half).mid_block.attentions.0"
            #expect(rules.renamed("\(attention).query.weight") == "\(attention).to_q.weight")
            #expect(rules.renamed("\(attention).key.bias") == "\(attention).to_k.bias")
            #expect(rules.renamed("\(attention).value.weight") == "\(attention).to_v.weight")
            #expect(rules.renamed("\(attention).proj_attn.weight") == "\(attention).to_out.0.weight")
            #expect(rules.renamed("\(attention).group_norm.weight") == "\(attention).group_norm.weight")
        }
    }

    /// The same model saved under both names gives the same values.
    @Test func theOldAutoencoderFixtureReadsUnderNewNames() throws {
        let store = try Fixture("vae/old_attention_names").weights(
            "diffusion_pytorch_model.safetensors", rules: .autoencoder)
        for name in ["to_q", "to_k", "to_v", "to_out.0", "group_norm"] {
            #expect(store.contains("decoder.mid_block.attentions.0.\(name).weight"))
            #expect(store.contains("encoder.mid_block.attentions.0.\(name).bias"))
        }
        #expect(!store.names.contains { $0.contains("query") || $0.contains("proj_attn") })
    }
}
