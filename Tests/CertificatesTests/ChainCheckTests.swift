import Certificates
import MailBytes
import MailNames
import TestSupport
import Testing

@Suite struct ChainCheckTests {
    /// The verdict on a file whose last certificate, or all of `anchors`, is trusted.
    private func verdict(
        _ file: String, anchors: String? = nil, host: String? = CertificateFixtures.host, commonName: Bool = false,
        at time: UnixTime = now
    ) throws -> ChainVerdict {
        let trusted = try anchors.map(certificates) ?? Array(certificates(file).suffix(1))
        let references = try host.map { [try DomainName($0)] } ?? []
        return ChainCheck(anchors: TrustAnchors(trusted), references: references, allowsCommonName: commonName)
            .verdict(for: try chain(file), at: time)
    }

    @Test(arguments: [
        ("good", "trusted 2"), ("short", "trusted 1"), ("expired", "expired 0"), ("not-yet-valid", "not yet valid 0"),
        ("other-name", "host mismatch"), ("next-hop", "host mismatch"), ("common-name", "host mismatch"),
        ("odd-names", "host mismatch"), ("client-only", "invalid 0"), ("self-signed", "trusted 0"),
        ("self-signed-expired", "expired 0"), ("expired-intermediate", "expired 1"), ("expired-root", "expired 1"),
        ("path-length", "invalid 2"), ("no-authority", "invalid 1"), ("name-constraint", "invalid 0"),
        ("forged", "not trusted 0"), ("rsa-pss", "trusted 1"), ("rsa-pss-key", "trusted 1"), ("rsa-1024", "trusted 1"),
        ("ed25519", "trusted 1"), ("p384", "trusted 1"), ("sha1", "invalid 0"),
    ])
    func verdicts(_ file: String, _ expected: String) throws {
        let verdict = try verdict(file)
        #expect(word(verdict) == expected, "\(verdict.description)")
    }

    @Test(arguments: [
        ("good", "p384", "not trusted 2"), ("self-signed", "root", "not trusted 0"),
        ("ed25519", "root", "not trusted 1"),
        ("short", "root", "trusted 1"),
    ])
    func otherAnchors(_ file: String, _ anchors: String, _ expected: String) throws {
        let verdict = try verdict(file, anchors: anchors)
        #expect(word(verdict) == expected, "\(verdict.description)")
    }

    @Test func withoutAnchorsNothingIsTrusted() throws {
        let check = ChainCheck(anchors: TrustAnchors([]), references: [])
        for file in ["good", "self-signed", "ed25519"] {
            #expect(!check.verdict(for: try chain(file), at: now).isTrusted)
        }
    }

    @Test func aPathMayEndAnywhere() throws {
        let all = try certificates("good")
        for (depth, certificate) in all.enumerated() {
            let check = ChainCheck(anchors: TrustAnchors([certificate]), references: [])
            #expect(check.verdict(for: try chain("good"), at: now) == .trusted(depth: depth))
        }
        // With all of them as anchors too.
        #expect(
            ChainCheck(anchors: TrustAnchors(all), references: []).verdict(for: try chain("good"), at: now).isTrusted)
    }

    @Test func theOrderOfWhatIsPresentedDoesNotMatter() throws {
        let all = try certificates("good")
        let check = ChainCheck(anchors: TrustAnchors([all[2]]), references: [])
        for others in [[all[2], all[1]], [all[1]], [all[1], all[1]]] {
            #expect(check.verdict(for: PresentedChain(leaf: all[0], intermediates: others), at: now).isTrusted)
        }
        #expect(word(check.verdict(for: PresentedChain(leaf: all[0]), at: now)) == "not trusted 0")
    }

    @Test(arguments: [("1970-01-01T00:00:00Z", "not yet valid"), ("2100-01-01T00:00:00Z", "expired")])
    func theTimeIsTheOneThatWasGiven(_ time: String, _ expected: String) throws {
        let time = try #require(UnixTime(text: time))
        #expect(word(try verdict("good", at: time)).hasPrefix(expected))
        for seconds in [Int64.min, .max] {
            #expect(!(try verdict("good", at: UnixTime(seconds: seconds)).isTrusted))
        }
    }

    @Test(arguments: [
        ("expired", "certificate-expired", "the server's certificate has expired at 2021-01-01T00:00:00Z"),
        ("not-yet-valid", "validation-failure", "only from 2040-01-01T00:00:00Z"),
        ("forged", "certificate-not-trusted", "certificate signature failure"),
        ("other-name", "certificate-host-mismatch", "is for mx.example.net and not this host"),
        ("odd-names", "certificate-host-mismatch", "xn--bcher-kva.example.org, mx2.example.org"),
        ("common-name", "certificate-host-mismatch", "names no host"),
        ("client-only", "validation-failure", "certificate purpose"),
        ("expired-root", "certificate-expired", "certificate at depth 1 has expired at 2021-01-01T00:00:00Z"),
    ])
    func failuresAreResultTypesOfReportsWithAReason(_ file: String, _ type: String, _ clause: String) throws {
        let verdict = try verdict(file)
        #expect(verdict.reportType == type)
        #expect(verdict.description.contains(clause), "\(verdict.description)")
        #expect(try self.verdict("good").reportType == nil)
    }

    @Test func namesCountOnlyWhereTheyAreGiven() throws {
        #expect(try verdict("other-name", host: nil).isTrusted)
        #expect(try verdict("common-name", commonName: true).isTrusted)
        #expect(try verdict("other-name", host: "mx.example.net").isTrusted)
    }

    @Test(arguments: [
        ("expired-root", -1, "trusted 1"), ("expired-intermediate", 1, "trusted 1"),
        ("expired-intermediate", 2, "expired 1"),
        ("self-signed-expired", 0, "trusted 0"), ("expired", 1, "expired 0"), ("not-yet-valid", 2, "not yet valid 0"),
        ("forged", 1, "not trusted 0"), ("good", 2, "trusted 2"),
    ])
    func theDatesOfAnAnchorCanBeLeftOut(_ file: String, _ anchor: Int, _ expected: String) throws {
        let all = try certificates(file)
        let anchors = TrustAnchors([all[anchor < 0 ? all.count - 1 : anchor]])
        let check = ChainCheck(anchors: anchors, references: [], ignoresAnchorDates: true)
        let verdict = check.verdict(for: try chain(file), at: now)
        #expect(word(verdict) == expected, "\(verdict.description)")
    }

    // MARK: Anchors

    @Test func anchorsOfAFile() throws {
        let anchors = try TrustAnchors(file: CertificateFixtures.path("root"))
        #expect(anchors.loadedCount == 1)
        #expect(ChainCheck(anchors: anchors, references: []).verdict(for: try chain("good"), at: now).isTrusted)
        #expect(throws: TrustAnchorsError.self) { try TrustAnchors(file: CertificateFixtures.path("absent")) }
        #expect(throws: TrustAnchorsError.self) { try TrustAnchors(file: CertificateFixtures.path("key-ec-public")) }
        // A directory without files named by hashes is empty.
        let empty = try TrustAnchors(directory: CertificateFixtures.folder)
        #expect(!ChainCheck(anchors: empty, references: []).verdict(for: try chain("good"), at: now).isTrusted)
    }

    @Test func theSystemsAnchorsTrustNoneOfOurs() throws {
        let anchors = TrustAnchors.system()
        for file in ["good", "self-signed"] {
            let verdict = ChainCheck(anchors: anchors, references: []).verdict(for: try chain(file), at: now)
            #expect(word(verdict).hasPrefix("not trusted"))
        }
    }

    @Test func oneSetOfAnchorsServesManyChecksAtOnce() async throws {
        let anchors = try TrustAnchors(certificates("root"))
        let check = ChainCheck(anchors: anchors, references: [try DomainName(CertificateFixtures.host)])
        let (good, bad) = (try chain("good"), try chain("forged"))
        let wrong = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    (0..<100).count { _ in
                        !check.verdict(for: good, at: now).isTrusted || check.verdict(for: bad, at: now).isTrusted
                    }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(wrong == 0)
    }
}
