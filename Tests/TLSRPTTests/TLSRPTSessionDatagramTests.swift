import MailBytes
import MailNames
import TLSRPT
import Testing

@Suite struct TLSRPTSessionDatagramTests {
    /// Both policies of one session, in the form that libtlsrpt writes.
    static let both = """
        {"dpv": "1","d": "company-y.example","pr": "v=TLSRPTv1;rua=mailto:r@company-y.example","policies":[\
        {"policy-type":2,"policy-domain": "company-y.example",\
        "policy-string":["version: STSv1","mode: testing","mx: *.mail.company-y.example","max_age: 86400"],\
        "mx-host":["*.mail.company-y.example"],"failure-details":[\
        {"c":302,"s": "1.2.3.4","n": "mailin.example.com","h": "helo.example.com",\
        "r": "11.22.33.44","a": "info","f": "999"},\
        {"c":303,"s": "2001:db8::1","n": "mailin.example.com"}],"t":2,"f":1},\
        {"policy-type":1,"policy-domain": "company-y.example","policy-string":["3 0 1 AB","3 0 1 CD"],"t":0,"f":0}]}
        """

    static func read(_ text: String) throws(TLSRPTDatagramError) -> TLSSessionOutcome {
        try TLSRPTSessionDatagram(parsing: Array(text.utf8)).outcome
    }

    @Test func `both policies of a session are read`() throws {
        let outcome = try Self.read(Self.both)
        #expect(outcome.domain.text == "company-y.example")
        #expect(outcome.record == "v=TLSRPTv1;rua=mailto:r@company-y.example")
        #expect(outcome.policies.map(\.policy.type) == [.sts, .tlsa])
        #expect(outcome.policies.map(\.isSuccess) == [false, true])
        #expect(outcome.policies[0].policy.mxHosts == ["*.mail.company-y.example"])
        #expect(outcome.policies[1].policy.strings == ["3 0 1 AB", "3 0 1 CD"])
        #expect(
            outcome.policies[0].failures == [
                TLSSessionFailure(
                    .stsPolicyInvalid, sendingAddress: IPAddress("1.2.3.4"), receivingHost: "mailin.example.com",
                    receivingHELO: "helo.example.com", receivingAddress: IPAddress("11.22.33.44"),
                    additionalInformation: "info", reasonCode: "999"),
                TLSSessionFailure(
                    .stsWebPKIInvalid, sendingAddress: IPAddress("2001:db8::1"), receivingHost: "mailin.example.com"),
            ])
    }

    @Test func `a session without a policy is read, from the library before versions`() throws {
        let outcome = try Self.read(
            "{\"d\": \"B.example\",\"pr\": \"\",\"policies\":[{\"policy-type\":9,\"t\":0,\"f\":0}]}")
        #expect(outcome.domain.text == "b.example" && outcome.record == nil)
        #expect(
            outcome.policies == [
                TLSSessionPolicyOutcome(policy: TLSAppliedPolicy(type: .noPolicyFound), isSuccess: true)
            ])
        var counter = TLSReportCounter()
        counter.count(outcome, at: UnixTime(seconds: 0))
        let day = TLSReportDay(containing: UnixTime(seconds: 0))
        let submitter = TLSReportSubmitter(
            organizationName: "A", domain: try DomainName("a.example"), contactLocalPart: "tls")
        // The domain of the report stands in where there is no domain of a policy.
        #expect(counter.documents(for: day, from: submitter).first?.report.policies.first?.domain?.text == "b.example")
    }

    @Test(arguments: Array(201...205) + Array(301...306) + [999])
    func `every code of the library is a result of the registry`(_ code: Int) throws {
        let outcome = try Self.read(
            "{\"d\":\"b\",\"policies\":[{\"policy-type\":2,\"failure-details\":[{\"c\":\(code)}],\"t\":1,\"f\":1}]}")
        let failure = try #require(outcome.policies.first?.failures.first)
        #expect(TLSRPTResultType.known.contains(failure.resultType))
        #expect(failure.reasonCode == (code == 999 ? "libtlsrpt failure 999" : nil))
    }

    @Test func `octets that are not UTF-8 do not lose a session`() throws {
        let octets =
            Array("{\"d\":\"b\",\"policies\":[{\"policy-type\":9,\"failure-details\":[{\"c\":201,\"h\":\"".utf8)
            + [0xE4] + Array("\"}],\"t\":1,\"f\":1}]}".utf8)
        let outcome = try TLSRPTSessionDatagram(parsing: octets).outcome
        #expect(outcome.policies.first?.failures.first?.receivingHELO == "\u{FFFD}")
    }

    @Test(arguments: [
        ("", "no JSON: expected a value, found the end at column 1"), ("[]", "no domain"),
        ("{\"d\":\"b\"}", "no policies, or too many"), ("{\"d\":\"b\",\"policies\":[]}", "no policies, or too many"),
        ("{\"d\":\"a b\",\"policies\":[]}", "no domain"), ("{\"dpv\":\"2\",\"d\":\"b\"}", "unknown version"),
        ("{\"d\":\"b\",\"policies\":[{\"policy-type\":3,\"f\":0}]}", "unknown type of policy"),
        ("{\"d\":\"b\",\"policies\":[{\"policy-type\":9}]}", "no final result"),
        ("{\"d\":\"b\",\"policies\":[{\"policy-type\":9,\"f\":1,\"failure-details\":[{}]}]}", "failure without a code"),
        (String(repeating: "[", count: 20), "no JSON: nested deeper than 8 levels at column 10"),
    ])
    func `what is no datagram is refused`(_ text: String, _ reason: String) {
        let error = #expect(throws: TLSRPTDatagramError.self) { try Self.read(text) }
        #expect(error?.description == reason)
    }

    @Test func `every beginning of a datagram is refused`() {
        let octets = Array(Self.both.utf8)
        for length in 0..<octets.count {
            #expect(throws: TLSRPTDatagramError.self) { try TLSRPTSessionDatagram(parsing: Array(octets[..<length])) }
        }
        #expect(throws: TLSRPTDatagramError.self) {
            try TLSRPTSessionDatagram(parsing: [UInt8](repeating: 0x20, count: TLSRPTLimits.datagramBytesMax + 1))
        }
    }
}
