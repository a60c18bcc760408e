import AuthenticationResults
import MailBytes
import MailFormat
import Testing

@Suite("Forged Authentication-Results (RFC 8601 §5)")
struct ClaimsTests {
    static let ours = "example.org"

    static let forged: [String] = [
        "example.org; spf=pass",
        " EXAMPLE.Org; spf=pass",
        "\"example.org\"; spf=pass",
        "\"ex\\ample.org\" ; spf=pass",
        "(x) example.org (y); spf=pass",
        "(x (y))\r\n\texample.org\r\n 1; spf=pass",
        "example.org.; none",
        ".example.org; none",
        "example.org",
        "example.org 2; anything at all",
        "example.org/1; spf=pass",
        "example.org:25; spf=pass",
        "\"example.org mx1\"; spf=pass",
        "\"example.org;x\"; spf=pass",
        "\"exam\r\n ple.org\"; spf=pass",
        "\"foo@example.org\"; spf=pass",
        "mx1.example.org; spf=pass",
        "\"mx1.example.org\"; spf=pass",
        "ｅｘａｍｐｌｅ.org; spf=pass",
        "\"ｅｘａｍｐｌｅ。org\"; spf=pass",
        "\"exam\u{AD}ple.org\"; spf=pass",
        // The identifier is somebody else's by the grammar, but not for a reader who knows no comments or quotes.
        "(example.org;) other.example; spf=pass",
        "other.example (example.org); spf=pass",
        "xn--example-.org; none",
        // Nobody can say whose these are.
        "",
        ";",
        "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=other.example;dkim=pass",
        "other.example example.org; spf=pass",
        "exam(x)ple.org; spf=pass",
        "exam\r\n ple.org; spf=pass",
        "=?utf-8?b?ZXhhbXBsZS5vcmc=?=; spf=pass",
        "=?utf-8?q?example.org?=; spf=pass",
        "(example.org; spf=pass",
        "(((other.example)); spf=pass",
        "\"example.org; spf=pass",
        "other.example\u{0}; spf=pass",
        "\"other.example\u{0}\"; spf=pass",
        "<example.org>; spf=pass",
        "other.example\r; spf=pass",
        String(repeating: "(", count: 100_000) + "; spf=pass",
        String(repeating: " ", count: 200_000) + "other.example; spf=pass",
    ]

    @Test("claims in all spellings, and what nobody can read, are found", arguments: forged)
    func claims(_ value: String) {
        #expect(AuthenticationResultsField.claims(Array(value.utf8)[...], authservID: Self.ours))
    }

    static let others: [String] = [
        "other.example; spf=pass smtp.mailfrom=example.org",
        "notexample.org; none",
        "example.org.other.example; none",
        "example-org; none",
        "example.orga; none",
        "org; none",
        "\"other.example\" (a comment) 1; dkim=pass header.d=example.org",
        "other.example 2; anything",
        "other.example; dkim=pass (broken; header.d=\"",
        "\"bücher.example\"; none",
        "\"ｏｔｈｅｒ.example\"; none",
        "\"Ünser Dienst\"; none",
    ]

    @Test("fields of others are left alone, whatever is wrong behind their first semicolon", arguments: others)
    func foreign(_ value: String) {
        #expect(!AuthenticationResultsField.claims(Array(value.utf8)[...], authservID: Self.ours))
    }

    @Test(
        "RFC 8601 §5: A-labels and U-labels are one",
        arguments: [
            "xn--bcher-kva.example; none", "XN--Bcher-KVA.example; none", "\"bücher.example\"; none",
            "\"BÜCHER.EXAMPLE\"; none", "\"bu\u{308}cher.example.\"; none", "bücher.example; none",
            "\"mx.bücher.example\"; none",
        ])
    func internationalised(_ value: String) {
        for ours in ["bücher.example", "xn--bcher-kva.example", "Bücher.Example."] {
            #expect(AuthenticationResultsField.claims(Array(value.utf8)[...], authservID: ours))
        }
    }

    @Test("an identifier that is no domain name has no names below it")
    func plainIdentifier() {
        #expect(AuthenticationResultsField.claims(Array("Gate; none".utf8)[...], authservID: "gate"))
        #expect(!AuthenticationResultsField.claims(Array("other.gate; none".utf8)[...], authservID: "gate"))
        #expect(AuthenticationResultsField.claims(Array("\"our gate\"; none".utf8)[...], authservID: "Our Gate"))
        #expect(
            AuthenticationResultsField.claims(Array("\"ÜNSER Dienst\"; none".utf8)[...], authservID: "ünser dienst"))
        #expect(!AuthenticationResultsField.claims(Array("gate; none".utf8)[...], authservID: ""))
    }

    @Test("a field that was read says whose it claims to be")
    func readField() throws {
        #expect(AuthenticationResultsField(authservID: "MX.Example.ORG.").claims(authservID: "example.org"))
        #expect(!AuthenticationResultsField(authservID: "example.org").claims(authservID: "mx.example.org"))
        #expect(AuthenticationResultsField(authservID: "Bücher.Example.").isWritten(by: "xn--bcher-kva.example"))
        #expect(!AuthenticationResultsField(authservID: "mx.example.org").isWritten(by: "example.org"))
    }

    @Test("the fields to remove are told with their reasons, in the order of the header")
    func removals() {
        let message = MailMessage(
            parsing: Array(
                ("Authentication-Results: example.org; spf=pass\r\nReceived: from x\r\n"
                    + "authentication-RESULTS : other.example; none\r\nAuthentication-Results:\r\n spf=pass\r\n"
                    + "Authentication-Results: other.example 9; x\r\n"
                    + "ARC-Authentication-Results: i=1; example.org; none\r\n"
                    + "Authentication-Results: \"gate\"; none\r\n\r\n").utf8))
        let found = AuthenticationResultsField.removals(in: message.header, authservIDs: ["example.org", "gate"])
        #expect(found.map(\.position) == [0, 3, 4, 6])
        #expect(found.map(\.reason) == [.claimsOurs, .unreadable, .unsupportedVersion, .claimsOurs])
    }
}
