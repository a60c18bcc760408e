import DANE
import MailBytes
import TestSupport
import Testing

@Suite struct TLSARecordSetTests {
    private static let digest = String(repeating: "ab", count: 32)
    private static let longDigest = String(repeating: "ab", count: 64)

    @Test(arguments: [
        ("3 1 1 \(digest)", nil), ("2 0 2 \(longDigest)", nil), ("3 0 0 good:0", nil), ("2 1 0 good:2", nil),
        // RFC 7672 §3.1.3
        ("0 0 1 \(digest)", "usages 0 and 1 do not apply to mail"), ("1 1 1 \(digest)", "usages 0 and 1"),
        ("4 1 1 \(digest)", "usage 4 is unknown"), ("255 1 1 \(digest)", "usage 255 is unknown"),
        ("3 2 1 \(digest)", "selector 2 is unknown"), ("3 1 3 \(digest)", "matching type 3 is unknown"),
        ("3 1 1 \(longDigest)", "a digest of 64 octets, not 32"), ("3 1 2 \(digest)", "a digest of 32 octets, not 64"),
        ("3 1 1 ab", "a digest of 1 octets"), ("3 0 0 \(digest)", "no certificate or key"),
        ("2 1 0 3000", "no certificate"),
        // A certificate where a key should be, and the other way round.
        ("3 1 255 \(digest)", "matching type 255"),
    ])
    func whichRecordsAreUsable(_ text: String, _ clause: String?) throws {
        let defect = try record(text).defect()
        if let clause {
            #expect(defect?.description.contains(clause) == true, "\(defect?.description ?? "usable")")
        } else {
            #expect(defect == nil)
        }
    }

    @Test func aCertificateIsNoKeyAndAKeyIsNoCertificate() throws {
        var key = try record("3 1 0 good:0")
        var certificate = try record("3 0 0 good:0")
        (key.selector, certificate.selector) = (.certificate, .publicKey)
        #expect(key.defect() == .content)
        #expect(certificate.defect() == .content)
    }

    /// RFC 7671 §9, its example.
    private static let agilityExample = """
        _25._tcp.mail.example.com. IN TLSA 3 1 1 (
                                      3FE246A848798236DD2AB78D39F0651D
                                      6B6E7CA8E2984012EB0A2E1AC8A87B72 )
        _25._tcp.mail.example.com. IN TLSA 3 1 2 (
                                      D4F5AF015B46C5057B841C7E7BAB759C
                                      BF029526D29520C5BE6A32C67475439E
                                      54AB3A945D80C743347C9BD4DADC9D8D
                                      57FAB78EAA835362F3CA07CCC19A3214 )
        _25._tcp.mail.example.com. IN TLSA 3 1 0 (
                                      3059301306072A8648CE3D020106082A
                                      8648CE3D0301070342000471CB1F504F
                                      9E4B33971376C005445DACD33CD79A28
                                      81C3DED1981F18E7AAA76609DD0E4EF2
                                      8265C82703030AD60C5DBA6FB8A9397A
                                      C0FCF06D424C885D484887 )
        """

    @Test func theExampleOfDigestAgility() throws {
        let set = TLSARecordSet(try TLSARecord.list(parsing: Self.agilityExample))
        #expect(set.usable.count == 3)
        #expect(set.effective.map(\.parameters) == ["3 1 2", "3 1 0"])
        #expect(set.outclassed.map(\.parameters) == ["3 1 1"])
    }

    @Test(arguments: [
        // Within one usage and selector alone.
        (["3 1 1", "3 1 2"], ["3 1 2"]), (["3 1 1", "3 0 2"], ["3 1 1", "3 0 2"]),
        (["3 1 1", "2 1 2"], ["3 1 1", "2 1 2"]),
        (["3 1 1", "3 1 1"], ["3 1 1", "3 1 1"]), (["2 0 1", "2 0 2", "2 1 1"], ["2 0 2", "2 1 1"]),
        // What is unusable outclasses nothing.
        (["3 1 1", "3 1 2 ab"], ["3 1 1"]), (["3 1 1", "1 1 2"], ["3 1 1"]), (["3 1 1", "3 1 3"], ["3 1 1"]),
    ])
    func theStrongestDigestCounts(_ parameters: [String], _ effective: [String]) throws {
        let set = TLSARecordSet(
            try parameters.map { text in
                let digest = text.hasSuffix(" 2") ? Self.longDigest : Self.digest
                return try record(text.split(separator: " ").count == 4 ? text : "\(text) \(digest)")
            })
        #expect(set.effective.map(\.parameters) == effective)
        #expect(set.usable.count + set.unusable.count == parameters.count)
    }

    @Test func theOrderOfDigestsCanBeChosen() throws {
        let records = [try record("3 1 1 \(Self.digest)"), try record("3 1 2 \(Self.longDigest)")]
        let weak = TLSARecordSet(records, options: DANEOptions(digests: [.sha256, .sha512]))
        #expect(weak.effective.map(\.parameters) == ["3 1 1"])
        let only = TLSARecordSet(records, options: DANEOptions(digests: [.sha256]))
        #expect(only.unusable.map(\.defect) == [.matchingType(.sha512)])
        #expect(!TLSARecordSet(records, options: DANEOptions(digests: [])).isUsable)
    }

    @Test func moreRecordsThanAnybodyHasDoNotCount() throws {
        let one = try record("3 1 1 \(Self.digest)")
        let set = TLSARecordSet(Array(repeating: one, count: 150))
        #expect(set.usable.count == TLSALimits.recordsMax)
        #expect(set.unusable.count == 50)
        #expect(set.unusable.allSatisfy { $0.defect == .overLimit })
    }
}
