import DNS
import HTTPSServing
import MTASTS
import MailBytes
import MailNames
import PostsealTransport
import TestSupport
import Testing

@Suite("Our own MTA-STS policies", .timeLimit(.minutes(10)))
struct PolicyHostTests {
    static func policy(_ mode: MTASTSMode, _ patterns: [String] = ["mx.example.org"]) throws -> MTASTSPolicy {
        MTASTSPolicy(
            mode: mode, maxAgeSeconds: 604_800, mxPatterns: try patterns.map { try MTASTSHostPattern(parsing: $0) })
    }

    static func hosted(_ mode: MTASTSMode, _ patterns: [String] = ["mx.example.org"]) throws -> HostedPolicy {
        HostedPolicy(domain: try DomainName("example.org"), policy: try policy(mode, patterns))
    }

    static func proof(_ problem: String? = nil, hosts: [String] = ["mx.example.org"]) throws -> PolicyProof {
        PolicyProof(
            problems: problem.map { [PolicyProof.Problem($0, isCertain: true)] } ?? [],
            hosts: try hosts.map { try DomainName($0) })
    }

    @Test("The text has CR LF, and its id is another one for each text and no other for the same")
    func text() throws {
        let policy = try Self.policy(.enforce, ["mx.example.org", "*.example.net"])
        let text = "version: STSv1\r\nmode: enforce\r\nmx: mx.example.org\r\nmx: *.example.net\r\nmax_age: 604800\r\n"
        #expect(policy.text == text)
        #expect(policy.recordID == "95b7a43509c2a9d7d953")
        let others = [
            policy.with(mode: .testing), policy.with(mode: .none), try Self.policy(.enforce),
            MTASTSPolicy(mode: .enforce, maxAgeSeconds: 604_801, mxPatterns: policy.mxPatterns),
        ]
        #expect(Set((others + [policy]).map(\.recordID)).count == 5)
        let domain = try DomainName("example.org")
        #expect(
            HostedPolicy.zoneLine(domain, policy)
                == "_mta-sts.example.org. IN TXT \"v=STSv1; id=\(policy.recordID);\"")
    }

    /// What is wanted, what was verified before, what was found out: what is published.
    @Test(
        "A stricter policy is published once it was verified, and never taken back by what can be an attack",
        arguments: [
            ("testing mx", nil, nil, "testing mx as-wanted"), ("testing mx", nil, "bad mx", "testing mx as-wanted"),
            ("none mx", "enforce mx", "bad mx", "none mx as-wanted"),
            ("enforce mx", nil, nil, "testing mx held-back"), ("enforce mx", nil, "bad mx", "testing mx held-back"),
            ("enforce mx", nil, "good mx", "enforce mx as-wanted"),
            ("enforce mx", "enforce mx", nil, "enforce mx as-wanted"),
            ("enforce mx", "enforce mx", "bad mx", "enforce mx failing"),
            ("enforce mx", "enforce mx", "bad", "enforce mx failing"),
            ("enforce new", "enforce mx", nil, "enforce mx previous"),
            ("enforce new", "enforce mx", "bad mx", "enforce mx previous"),
            ("enforce new", "enforce mx", "bad new", "testing new held-back"),
            ("enforce new", "enforce mx", "bad", "testing new held-back"),
            ("enforce new", "enforce mx", "good new", "enforce new as-wanted"),
        ])
    func decisions(_ wanted: String, _ verified: String?, _ proof: String?, _ expected: String) throws {
        func policy(_ text: String) throws -> MTASTSPolicy {
            let words = text.split(separator: " ").map(String.init)
            let mode = try #require(MTASTSMode(rawValue: words[0]))
            return try Self.policy(mode, words.dropFirst().map { "\($0).example" })
        }
        let found = try proof.map { text in
            let words = text.split(separator: " ").map(String.init)
            return try Self.proof(words[0] == "bad" ? "x" : nil, hosts: words.dropFirst().map { "\($0).example" })
        }
        let published = PublishedPolicy.decide(
            wanted: try policy(wanted), verified: try verified.map(policy), proof: found)
        let names = published.policy.mxPatterns.map { $0.text.split(separator: ".")[0] }.joined(separator: " ")
        #expect("\(published.policy.mode.rawValue) \(names) \(published.state.rawValue)" == expected)
    }

    /// What a client gets for the domain's policy.
    private func page(_ host: PolicyHost, _ name: String = "mta-sts.example.org") throws -> String {
        let answer = host.answer(HTTPSRequest(host: try DomainName(name), path: "/.well-known/mta-sts.txt"))
        return answer.status == 200 ? String(decoding: answer.body, as: UTF8.self) : "\(answer.status)"
    }

    @Test("What was verified outlives a restart, and what is not wanted any more is gone")
    func restart() async throws {
        try await withFolder { folder in
            let notes = Diary<PolicyHost.Note>()
            let path = "\(folder)/state"
            let wanted = try Self.hosted(.enforce)
            let first = PolicyHost(path: path, now: { relayTime }) { notes.add($0) }
            first.replace([wanted])
            #expect(try page(first) == wanted.policy.with(mode: .testing).text)
            first.take(try Self.proof("mx.example.org (192.0.2.1): the certificate has expired"), of: wanted)
            #expect(try page(first) == wanted.policy.with(mode: .testing).text)
            first.take(try Self.proof(), of: wanted)
            #expect(try page(first) == wanted.policy.text)
            #expect(ReportDesk.mode(path) == 0o600)

            let second = PolicyHost(path: path, now: { relayTime }) { notes.add($0) }
            second.replace([wanted])
            #expect(try page(second) == wanted.policy.text)
            second.take(try Self.proof("down"), of: wanted)
            #expect(try page(second) == wanted.policy.text)
            #expect(second.published.values.map(\.state) == [.failing])
            // The administrator takes it back.
            let tested = try Self.hosted(.testing)
            second.replace([tested])
            #expect(try page(second) == tested.policy.text)
            second.take(try Self.proof("down"), of: tested)
            second.replace([wanted])
            #expect(try page(second) == wanted.policy.with(mode: .testing).text, "it has to be verified anew")
            second.replace([])
            #expect(try page(second) == "404")
            #expect(!notes.values.contains { if case .cannotKeep = $0 { true } else { false } })
        }
    }

    @Test("Only the page of a domain that is hosted is there")
    func pages() async throws {
        try await withFolder { folder in
            let host = PolicyHost(path: "\(folder)/state", now: { relayTime }) { _ in }
            host.replace([try Self.hosted(.testing)])
            #expect(try page(host, "mta-sts.example.net") == "404")
            #expect(try page(host, "example.org") == "404")
            let name = try DomainName("mta-sts.example.org")
            for path in ["/", "/.well-known/mta-sts", "/.well-known/mta-sts.txt/", "/.well-known/../x"] {
                #expect(host.answer(HTTPSRequest(host: name, path: path)).status == 404)
            }
            #expect(host.answer(HTTPSRequest(host: name, path: MTASTSPolicy.path)).mediaType == "text/plain")
        }
    }

    @Test("DNS is held against the policy that is published, and not against the one that is wanted")
    func records() async throws {
        try await withFolder { folder in
            let notes = Diary<PolicyHost.Note>()
            let wanted = try Self.hosted(.enforce)
            let host = PolicyHost(path: "\(folder)/state", now: { relayTime }) { notes.add($0) }
            host.replace([wanted])
            let testing = wanted.policy.with(mode: .testing)
            host.take(.record(try #require(wanted.policy.record)), of: wanted)
            host.take(.record(try #require(testing.record)), of: wanted)
            host.take(.record(try #require(testing.record)), of: wanted)
            #expect(host.records == (1, 0, 0))
            host.take(.nothing, of: wanted)
            #expect(host.records == (0, 1, 0))
            host.take(.failure(.timeout), of: wanted)
            #expect(host.records == (0, 0, 1))
            let line = HostedPolicy.zoneLine(wanted.domain, testing)
            #expect(
                notes.values.dropFirst() == [
                    .recordDiffers(wanted.domain, line: line, found: wanted.policy.record?.text ?? ""),
                    .recordAgrees(wanted.domain), .recordDiffers(wanted.domain, line: line, found: "none"),
                ])
        }
    }

    @Test("What does not change is told again after hours, and what comes back at once")
    func silence() async throws {
        try await withFolder { folder in
            let clock = Clock("2026-11-25T00:00:00Z")
            let notes = Diary<PolicyHost.Note>()
            let wanted = try Self.hosted(.enforce)
            let host = PolicyHost(path: "\(folder)/state", now: { clock.now }) { notes.add($0) }
            host.replace([wanted])
            var counts: [Int] = []
            for (time, problem) in [
                ("00:00", "a"), ("00:05", "a"), ("05:59", "a"), ("06:00", "a"), ("06:05", "b"), ("06:10", "a"),
                ("06:15", "a"),
            ] {
                clock.set("2026-11-25T\(time):00Z")
                host.take(try Self.proof(problem), of: wanted)
                counts.append(notes.values.count)
            }
            #expect(counts == [2, 2, 2, 3, 4, 5, 5])
        }
    }

    @Test("A file that can't be written is told of, and a broken one is none")
    func files() async throws {
        try await withFolder { folder in
            let notes = Diary<PolicyHost.Note>()
            let host = PolicyHost(path: "\(folder)/none/such/state", now: { relayTime }) { notes.add($0) }
            host.replace([try Self.hosted(.testing)])
            #expect(notes.values.contains { if case .cannotKeep = $0 { true } else { false } })
            let broken = "{\"domains\":[{\"domain\":\"example.org\",\"verified\":\"x\"},3]}"
            try ReportDesk.write(broken, to: "\(folder)/state")
            #expect(try PolicyHost.verified(in: "\(folder)/state").isEmpty)
        }
    }
}
