import Foundation
import MailBytes
import PostsealHTTP
import TestSupport
import Testing

@testable import PostsealDashboard

@Suite struct DashboardOpenAPITests {
    static let path = Suites.repository.appending(path: "docs/dashboard-openapi.json")

    @Test func `the file in docs is the document that is served`() async throws {
        if ProcessInfo.processInfo.environment["POSTSEAL_WRITE_DOCS"] != nil {
            try Data(DashboardAPI.text.utf8).write(to: Self.path)
        }
        let file = try String(decoding: Suites.bytes(Self.path), as: UTF8.self)
        #expect(file == DashboardAPI.text, "docs/dashboard-openapi.json is out of date: run 'make docs'")
        try await World.with([], messages: []) { world in
            let served = try await world.get("/api/v1/openapi.json").json
            #expect(served == DashboardAPI.document)
        }
    }

    @Test func `every answer has the form that is described`() async throws {
        try await World.with { world in
            let browser = try await world.logIn("ada").browser
            for route in Route.interface {
                guard let description = route.description, description.answer != "File" else { continue }
                let target = RouteTests.target(route, isOwn: true)
                let reply = try await world.get(target, browser)
                #expect(reply.status == 200, "\(target)")
                #expect(Schema.problems(reply.json, DashboardSchemas.reference(description.answer)) == [], "\(target)")
            }
            let none = try await world.get("/api/v1/none", browser)
            #expect(Schema.problems(none.json, DashboardSchemas.reference("Error")) == [])
        }
    }

    @Test func `every reference leads somewhere, and every query is described`() {
        let references = DashboardAPI.text.split(separator: "\"$ref\": \"#/components/schemas/").dropFirst()
            .map { String($0.prefix { $0 != "\"" }) }
        #expect(references.count > 20)
        for name in references { #expect(DashboardSchemas.all[name] != nil, "\(name)") }
    }
}

/// Whether a value has the form that a schema describes: the part of JSON Schema that is used here.
enum Schema {
    static func problems(_ value: JSONValue, _ schema: JSONValue, at place: String = "") -> [String] {
        if let name = schema["$ref"]?.stringValue?.split(separator: "/").last {
            return problems(value, DashboardSchemas.all[String(name)] ?? .null, at: place)
        }
        let types = schema["type"]?.arrayValue?.compactMap(\.stringValue) ?? [schema["type"]?.stringValue ?? "?"]
        guard types.contains(type(value)) else { return ["\(place): of type \(type(value))"] }
        switch value {
        case .array(let values):
            return values.flatMap { problems($0, schema["items"] ?? .null, at: place + "/-") }
        case .object(let members):
            guard let properties = schema["properties"] else {
                guard let more = schema["additionalProperties"] else { return [] }
                return members.flatMap { problems($0.value, more, at: "\(place)/\($0.name)") }
            }
            let required = schema["required"]?.arrayValue?.compactMap(\.stringValue) ?? []
            let missing = required.filter { value[$0] == nil }.map { "\(place)/\($0): is not there" }
            return missing
                + members.flatMap { member in
                    guard let inner = properties[member.name] else {
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
