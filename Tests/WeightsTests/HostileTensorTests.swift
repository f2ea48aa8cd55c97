import DiffusionBasics
import DiffusionWeights
import TestSupport
import Testing

/// Malformed safetensors files, numbered as in the project's list of hostile files: tensors and their places (14–26, 30).
@Suite struct HostileTensorTests {
    @Test func case14_manyOverlappingTensors() throws {
        let entries = (0..<200_000).map { "\"t\($0)\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}" }
        let sentence = try refusal(of: safetensors("{\(entries.joined(separator: ","))}", data: zeros(4)))
        #expect(sentence.contains("overlap"))
    }

    @Test(arguments: [false, true]) func case14_manyNestedTensors(isReversed: Bool) throws {
        let count = 200_000
        let entries = (0..<count).map { isReversed ? count - 1 - $0 : $0 }.map {
            "\"t\($0)\":{\"dtype\":\"U8\",\"shape\":[\(count - $0)],\"data_offsets\":[\($0),\(count)]}"
        }
        let sentence = try refusal(of: safetensors("{\(entries.joined(separator: ","))}", data: zeros(count)))
        #expect(sentence.contains("overlap"))
    }

    /// Tensors of no bytes overlap nothing, so only their number can stop them.
    @Test func case14_tooManyEmptyTensors() throws {
        let entries = (0...20_000).map { "\"\($0)\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}" }
        #expect(try refusal(of: safetensors("{\(entries.joined(separator: ","))}")).contains("over 20000 tensors"))
    }

    @Test func tooMuchMetadata() throws {
        let entries = (0...65_536).map { "\"\($0)\":\"\"" }
        let header = "{\"__metadata__\":{\(entries.joined(separator: ","))}}"
        #expect(try refusal(of: safetensors(header)).contains("over 65536 entries in __metadata__"))
    }

    @Test func case15_dataTruncated() throws {
        let sentence = try refusal(of: safetensors(header(shape: "[2]", offsets: "[0,8]"), data: zeros(7)))
        #expect(sentence.contains("tensor \"w\""))
        #expect(sentence.contains("ends at byte 8 of the data, the file holds 7"))
    }

    @Test func case16_extraData() throws {
        let sentence = try refusal(of: safetensors(header(shape: "[2]", offsets: "[0,8]"), data: zeros(9)))
        #expect(sentence.contains("goes on for 1 bytes after the last tensor (offset 8 of the data)"))
        #expect(try refusal(of: safetensors("{}", data: [0])).contains("goes on for 1 bytes"))
    }

    @Test func case17_hole() throws {
        let sentence = try refusal(of: safetensors(header(shape: "[1]", offsets: "[4,8]"), data: zeros(8)))
        #expect(sentence.contains("4 bytes before tensor \"w\" belong to no tensor"))
    }

    @Test func case18_overlap() throws {
        let header = """
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}
            """
        let sentence = try refusal(of: safetensors(header, data: zeros(8)))
        #expect(sentence.contains("tensors \"a\" and \"b\" overlap (offset 4 of the data)"))
    }

    @Test(arguments: [
        "[4,0]", "[-4,0]", "[0,-4]", "[-0,4]", "[0.0,4.0]", "[0,4.5]", "[0,4e0]", "[0]", "[]", "[0,4,8]", "null",
        "[\"0\",\"4\"]", "[0,null]", "{}", "4",
    ])
    func case19_offsetsThatAreNone(offsets: String) throws {
        #expect(try refusal(of: safetensors(header(shape: "[1]", offsets: offsets), data: zeros(4))).contains("offset"))
    }

    @Test(arguments: [
        "[0,18446744073709551615]", "[18446744073709551611,18446744073709551615]",
        "[9223372036854775803,9223372036854775807]",
    ])
    func case20_offsetsAtTheLimit(offsets: String) throws {
        let sentence = try refusal(of: safetensors(header(shape: "[1]", offsets: offsets), data: zeros(4)))
        #expect(sentence.contains("tensor \"w\""))
    }

    @Test(arguments: [
        "[4294967296,4294967296]", "[9223372036854775807,2]", "[3037000500,3037000500,2]", "[18446744073709551615]",
    ])
    func case21_shapeProductOverflow(shape: String) throws {
        let sentence = try refusal(of: safetensors(header(shape: shape, offsets: "[0,4]"), data: zeros(4)))
        #expect(sentence.contains("tensor \"w\": its shape"))
    }

    @Test(arguments: ["[4611686018427387905]", "[2305843009213693953,2]", "[4611686018427387904]"])
    func case22_byteSizeWraps(shape: String) throws {
        let sentence = try refusal(of: safetensors(header(shape: shape, offsets: "[0,4]"), data: zeros(4)))
        #expect(sentence.contains("is larger than any memory"))
        #expect(try refusal(of: safetensors(header(shape: shape, offsets: "[0,0]"))).contains("larger than any memory"))
    }

    @Test(arguments: [
        "[0,9223372036854775807]", "[4611686018427387904,4611686018427387904,0]", "[4294967296,0,4294967296]",
        "[0,18446744073709551615]",
    ])
    func case23_zeroTimesHuge(shape: String) throws {
        let sentence = try refusal(of: safetensors(header(shape: shape, offsets: "[0,0]")))
        #expect(sentence.contains("tensor \"w\": its shape"))
    }

    @Test func case24_rankOver8() throws {
        let nine = header(shape: "[1,1,1,1,1,1,1,1,1]", offsets: "[0,4]")
        #expect(try refusal(of: safetensors(nine, data: zeros(4))).contains("its shape has over 8 numbers"))
        let eight = header(shape: "[1,1,1,1,1,1,1,1]", offsets: "[0,4]")
        #expect(try floats(in: safetensors(eight, data: zeros(4))) == [0])
    }

    @Test(arguments: ["\"F31\"", "\"f32\"", "\"\"", "\"float32\"", "\"\\u001b[2J\""]) func case25_unknownType(
        type: String
    ) throws {
        let header = header("\"dtype\":\(type),\"shape\":[1],\"data_offsets\":[0,4]")
        #expect(try refusal(of: safetensors(header, data: zeros(4))).contains("its dtype \(type) is unknown"))
    }

    @Test func case26_duplicateName() throws {
        let entry = "{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\""
        let header = "{\"w\":\(entry):[0,1]},\"w\":\(entry):[1,2]}}"
        #expect(
            try refusal(of: safetensors(header, data: zeros(2))).contains(
                "tensor \"w\": the header has this name twice"))
        let escaped = "{\"w\":\(entry):[0,1]},\"\\u0077\":\(entry):[1,2]}}"
        #expect(
            try refusal(of: safetensors(escaped, data: zeros(2))).contains(
                "tensor \"w\": the header has this name twice"))
    }

    @Test(arguments: [
        ("\"shape\":[1],\"data_offsets\":[0,4]", "it has no dtype"),
        ("\"dtype\":\"F32\",\"data_offsets\":[0,4]", "it has no shape"),
        ("\"dtype\":\"F32\",\"shape\":[1]", "it has no data_offsets"),
        ("\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]", "the field dtype twice"),
        ("\"dtype\":\"F32\",\"shape\":[1],\"shape\":[1],\"data_offsets\":[0,4]", "the field shape twice"),
        ("\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":1", "the unknown field \"x\""),
        ("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]", "takes 64 bits"),
        ("\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,0]", "takes 32 bits"),
        ("\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[0,1]", "takes 12 bits"),
        ("\"dtype\":4,\"shape\":[1],\"data_offsets\":[0,4]", "expected a string"),
    ])
    func fieldsThatAreMissingOrWrong(fields: String, problem: String) throws {
        #expect(try refusal(of: safetensors(header(fields), data: zeros(4))).contains(problem))
    }

    @Test func namesOfCanonicallyEquivalentSpellingAreTwoTensors() throws {
        let header = """
            {"\u{E9}":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"e\u{301}":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}
            """
        let bytes = safetensors(header, data: [1, 2])
        #expect(try floats(of: "\u{E9}", in: bytes) == [1])
        #expect(try floats(of: "e\u{301}", in: bytes) == [2])
    }

    @Test func case30_misalignedDataLoads() throws {
        for padding in 0..<8 {
            let header = header(shape: "[3]", offsets: "[0,12]") + String(repeating: " ", count: padding)
            let data = [1.5, -2, 0.25].flatMap { littleEndian(Float($0).bitPattern) }
            #expect(try floats(in: safetensors(header, data: data)) == [1.5, -2, 0.25])
        }
        let mixed = """
            {"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"w":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}}
            """
        #expect(try floats(in: safetensors(mixed, data: [7] + littleEndian(Float(0.1).bitPattern))) == [0.1])
    }

    @Test func tensorsInAnyOrderOfNamesAndEmptyOnesLoad() throws {
        let header = """
            {"b":{"data_offsets":[4,8],"shape":[1],"dtype":"F32"},"e":{"dtype":"F32","shape":[2,0],"data_offsets":[4,4]},
            "w":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}
            """
        let bytes = safetensors(header, data: littleEndian(Float(1).bitPattern) + littleEndian(Float(2).bitPattern))
        #expect(try floats(of: "w", in: bytes) == [1])
        #expect(try floats(of: "b", in: bytes) == [2])
        #expect(try floats(of: "e", in: bytes) == [])
    }
}
