import Foundation
import HTTPTypes
import MailBytes
import TestSupport
import Testing

@testable import PostsealHTTP

@Suite struct OpenAPITests {
    static let path = Suites.repository.appending(path: "docs/openapi.json")

    @Test func `the file in docs is the document that is served`() async throws {
        if ProcessInfo.processInfo.environment["POSTSEAL_WRITE_DOCS"] != nil {
            try Data(OpenAPI.text.utf8).write(to: Self.path)
        }
        let file = try String(decoding: Suites.bytes(Self.path), as: UTF8.self)
        #expect(file == OpenAPI.text, "docs/openapi.json is out of date: run 'make docs'")
        let answer = try await routes(RecordingVerifier()).ask(.get, "/openapi.json")
        #expect(answer.value == OpenAPI.document)
    }

    @Test func `every reference leads somewhere`() throws {
        let references = OpenAPI.text.split(separator: "\"$ref\": \"#/components/schemas/").dropFirst()
            .map { String($0.prefix { $0 != "\"" }) }
        #expect(references.count > 10)
        for name in references { #expect(OpenAPI.schemas[name] != nil, "\(name)") }
    }

    @Test(arguments: [false, true])
    func `what is answered has the form that is described`(explaining: Bool) async throws {
        let verifier = try EngineVerifier()
        let schema = OpenAPI.reference("Report")
        for sample in try Samples.all() {
            for query in ["explain=\(explaining)", "\(sample.query)&explain=\(explaining)"] {
                let answer = try await routes(verifier).ask(.post, "/v1/verify?\(query)", pieces: [sample.octets])
                #expect(Schema.problems(answer.value, schema) == [])
            }
        }
        let odd = try await routes(verifier).ask(.post, "/v1/verify", pieces: [Array("no field\n\u{0}".utf8)])
        #expect(Schema.problems(odd.value, schema) == [])
    }

    @Test func `health and errors have the form that is described`() async throws {
        for health in [HTTPHealth.serving, .warning(["x"]), .failing(["x"])] {
            let answer = try await routes(RecordingVerifier(), health: health).ask(.get, "/healthz")
            #expect(Schema.problems(answer.value, OpenAPI.reference("Health")) == [])
        }
        let answer = try await routes(RecordingVerifier()).ask(.get, "/none")
        #expect(Schema.problems(answer.value, OpenAPI.reference("Error")) == [])
    }

    @Test func `the check of forms finds what is wrong`() {
        let schema = OpenAPI.reference("Error")
        #expect(Schema.problems(["error": 1], schema) == ["/error: of type integer"])
        #expect(Schema.problems([:], schema) == ["/error: is not there"])
        #expect(Schema.problems(["error": "", "x": 1], schema) == ["/x: is not described"])
        #expect(Schema.problems(["status": "odd"], OpenAPI.reference("Health")) == ["/status: not one of the words"])
    }
}

/// As much of JSON Schema as the document uses.
enum Schema {
    static func problems(_ value: JSONValue, _ schema: JSONValue, at place: String = "") -> [String] {
        if let name = schema["$ref"]?.stringValue?.split(separator: "/").last {
            return problems(value, OpenAPI.schemas[String(name)] ?? .null, at: place)
        }
        let types = schema["type"]?.arrayValue?.compactMap(\.stringValue) ?? [schema["type"]?.stringValue ?? "?"]
        guard types.contains(type(value)) else { return ["\(place): of type \(type(value))"] }
        if let words = schema["enum"]?.arrayValue, !words.contains(value) { return ["\(place): not one of the words"] }
        if let number = value.integerValue, let least = schema["minimum"]?.integerValue, number < least {
            return ["\(place): less than \(least)"]
        }
        switch value {
        case .array(let values):
            return values.flatMap { problems($0, schema["items"] ?? .null, at: place + "/-") }
        case .object(let members):
            let required = schema["required"]?.arrayValue?.compactMap(\.stringValue) ?? []
            let missing = required.filter { value[$0] == nil }.map { "\(place)/\($0): is not there" }
            return missing
                + members.flatMap { member in
                    guard let inner = schema["properties"]?[member.name] else {
                        return ["\(place)/\(member.name): is not described"]
                    }
                    return problems(member.value, inner, at: "\(place)/\(member.name)")
                }
        default: return []
        }
    }

    private static func type(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool: "boolean"
        case .integer: "integer"
        case .double: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}
