import AuthenticationResults
import MailBytes
import MailFormat
import Testing

@Suite("Hostile Authentication-Results")
struct HostileTests {
    @Test("a comment nested 100,000 deep is refused in every reading")
    func deepComment() {
        let value = "x " + String(repeating: "(", count: 50_000) + String(repeating: ")", count: 50_000) + "; none"
        let deeper = "x " + String(repeating: "(", count: 100_000) + String(repeating: ")", count: 100_000) + "; none"
        for strictness in [AuthenticationResultsField.Strictness.strict, .strictInternational, .tolerant] {
            #expect(throws: AuthenticationResultsError(.commentTooDeep, at: 34)) { try read(value, strictness) }
            #expect(throws: AuthenticationResultsError(.tooLong, at: 102_400)) { try read(deeper, strictness) }
            #expect(throws: AuthenticationResultsError(.commentTooDeep, at: 34)) {
                try AuthenticationResultsField(
                    parsing: Array(deeper.utf8)[...], strictness, limits: .init(valueOctetsMax: .max))
            }
        }
    }

    @Test("comments nest as deep as the limit, and not one deeper")
    func commentLimit() throws {
        func nested(_ depth: Int) -> String {
            "x " + String(repeating: "(", count: depth) + String(repeating: ")", count: depth) + "; none"
        }
        let limit = AuthenticationResultsLimits().commentDepthMax
        #expect(try read(nested(limit)).authservID == "x")
        #expect(throws: AuthenticationResultsError(.commentTooDeep, at: 2 + limit)) { try read(nested(limit + 1)) }
    }

    @Test("a field of 10 MB is refused, and a claim in it is found")
    func hugeField() {
        let value = Array("other.example; ".utf8) + [UInt8](repeating: UInt8(ascii: "a"), count: 10_000_000)
        #expect(throws: AuthenticationResultsError(.tooLong, at: 102_400)) {
            try AuthenticationResultsField(parsing: value[...], .tolerant)
        }
        #expect(!AuthenticationResultsField.claims(value[...], authservID: "example.org"))
        let endless = [UInt8](repeating: UInt8(ascii: "a"), count: 10_000_000)
        #expect(AuthenticationResultsField.claims(endless[...], authservID: "example.org"))
    }

    @Test("more fields than anybody writes, and more names than anybody compares, are removed unread")
    func manyFields() {
        let field = "Authentication-Results: other.example; none\r\n"
        let message = MailMessage(parsing: Array((String(repeating: field, count: 600) + "\r\n").utf8))
        let found = AuthenticationResultsField.removals(in: message.header, authservIDs: ["example.org"])
        #expect(found.count == 100)
        #expect(found.allSatisfy { $0.reason == .tooMany })
        func claim(_ names: Int) -> Bool {
            let comment = String(repeating: "xn--bcher-kva ", count: names)
            return AuthenticationResultsField.claims(
                Array("other.example (\(comment)); none".utf8)[...], authservID: "example.org")
        }
        #expect(!claim(AuthenticationResultsLimits.internationalNamesMax))
        #expect(claim(AuthenticationResultsLimits.internationalNamesMax + 1))
    }

    @Test("results and properties have limits")
    func counts() throws {
        let many = "x" + String(repeating: "; a=b", count: 200)
        #expect(try read(many).results.count == 200)
        #expect(throws: AuthenticationResultsError(.tooManyResults, at: 1_003)) { try read(many + "; a=b", .tolerant) }
        #expect(throws: AuthenticationResultsError(.tooManyResults, at: 1_003)) { try read(many + "; a=b") }
        let properties = "x; a=b" + String(repeating: " c.d=e", count: 100)
        #expect(try read(properties).results.first?.properties.count == 100)
        #expect(throws: AuthenticationResultsError(.tooManyProperties, at: 607)) { try read(properties + " c.d=e") }
        #expect(throws: AuthenticationResultsError(.tooManyProperties, at: 607)) {
            try read(properties + " c.d=e", .tolerant)
        }
    }

    @Test("every single octet at every place of a field is survived")
    func everyOctet() {
        let value = Array(" a.example (b (c)) 1;\r\n\tdkim=pass reason=\"d e\" header.i=\"f\"@g.example; none".utf8)
        for place in value.indices {
            for octet in UInt8.min...UInt8.max {
                var changed = value
                changed[place] = octet
                for strictness in [AuthenticationResultsField.Strictness.strict, .strictInternational, .tolerant] {
                    guard let read = try? AuthenticationResultsField(parsing: changed[...], strictness) else {
                        continue
                    }
                    #expect(read.results.count <= 3)
                }
                _ = AuthenticationResultsField.claims(changed[...], authservID: "h.example")
            }
        }
    }

    @Test("every beginning of a field is survived")
    func everyPrefix() {
        let value = Array(" a.example (b (c)) 1;\r\n\tdkim=pass reason=\"d\\ e\" header.i=\"f\"@g.example; none".utf8)
        for end in value.indices {
            for strictness in [AuthenticationResultsField.Strictness.strict, .strictInternational, .tolerant] {
                _ = try? AuthenticationResultsField(parsing: value[..<end], strictness)
            }
        }
    }

    @Test("errors tell what and where, and nothing of the mail")
    func errorText() {
        #expect(AuthenticationResultsError(.commentTooDeep, at: 34).description == "comment nested too deep at byte 34")
    }
}
