import MailBytes
import PostsealHTTP
import Testing

@testable import PostsealDashboard

/// Whose keys are looked up: those that reports name, as far as they count.
@Suite struct SelectorTests {
    private typealias File = (name: String, text: String, isCounted: Bool)

    private static func file(
        _ id: String, _ selector: String?, daysAgo: Int, count: Int = 120, isCounted: Bool = true
    ) -> File {
        var text = Reports.aggregate("example.com", id: id, count: count, day: Reports.day - daysAgo * 86_400)
        text = text.replacing(
            "<selector>s1</selector>", with: selector.map { "<selector>\($0)</selector>" } ?? "")
        return ("\(id).xml", text, isCounted)
    }

    private static func keys(_ files: [File], for name: String = "otto") async throws -> String? {
        try await World.with(files) { world in
            let answer = try await world.get("/api/v1/domains/example.com", try await world.logIn(name).browser).json
            let states = answer["protections"]?.arrayValue ?? []
            return states.first { $0["name"]?.stringValue == "DKIM" }?["summary"]?.stringValue
        }
    }

    @Test func `what anybody can have mailed names no keys`() async throws {
        let forged = (0..<3).map { Self.file("forged\($0)", "forged\($0)", daysAgo: 0, isCounted: false) }
        for name in ["otto", "vera"] {
            #expect(try await Self.keys(forged + [Self.file("real", "s1", daysAgo: 5)], for: name) == "keys s1")
            #expect(try await Self.keys(forged, for: name) == "keys ")
        }
    }

    @Test func `newer reports without a signature hide no key, and no report is too large to name one`() async throws {
        let bare = (0..<12).map { Self.file("bare\($0)", nil, daysAgo: $0) }
        #expect(try await Self.keys(bare + [Self.file("real", "s1", daysAgo: 15, count: 3_000_000)]) == "keys s1")
    }

    @Test func `so many reports are read, and no more`() async throws {
        let naming = (0..<5).map { Self.file("n\($0)", "s\($0)", daysAgo: $0) }
        #expect(try await Self.keys(naming) == "keys s0 s1 s2")
        let bare = (0..<20).map { Self.file("bare\($0)", nil, daysAgo: $0) }
        #expect(try await Self.keys(bare + [Self.file("real", "s1", daysAgo: 25)]) == "keys ")
    }

    /// A small file can have many records.
    @Test func `records count for what is read`() async throws {
        func long(records: Int) -> File {
            let record = """
                <record><row><source_ip>192.0.2.1</source_ip><count>1</count></row><identifiers>
                <header_from>example.com</header_from></identifiers></record>
                """
            let text = Reports.aggregate(
                "example.com", id: "long", day: Reports.day - 86_400, extra: String(repeating: record, count: records))
            return ("long.xml", text.replacing("<selector>s1</selector>", with: ""), true)
        }
        let real = Self.file("real", "s1", daysAgo: 5)
        #expect(try await Self.keys([long(records: 9000), real]) == "keys s1")
        #expect(try await Self.keys([long(records: 16_000), real]) == "keys ")
    }
}
