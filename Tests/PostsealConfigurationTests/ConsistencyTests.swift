import PostsealConfiguration
import Testing

/// Keys that are right each by itself, and wrong together; and the files they name.
@Suite("Keys held against each other and against files")
struct ConsistencyTests {
    private static func rule(_ text: String) -> String { "outgoing: {signing: [\(text)]}" }

    static let contradictions: [(lines: String, error: String)] = [
        (
            "dns:\n  recorded: answers.json\n  servers: 192.0.2.1",
            "postseal.yaml:4: dns.servers: has no meaning together with dns.recorded, which answers from a "
                + "file alone: keep "
                + "one of them"
        ),
        (
            "dns:\n  validation: off\n  trust-anchor: root.key",
            "postseal.yaml:4: dns.trust-anchor: has no meaning together with 'dns.validation: off': keep one of them"
        ),
        (
            "dns: {trust-anchor: empty.key}",
            "postseal.yaml:2: dns.trust-anchor: /etc/postseal/empty.key has no DS or DNSKEY record"
        ),
        (
            "dns: {trust-anchor: none.key}",
            "postseal.yaml:2: dns.trust-anchor: cannot read /etc/postseal/none.key: no such file or directory"
        ),
        (
            "http: {listen: \"tcp:127.0.0.1:8891\"}",
            "postseal.yaml:2: http.listen: tcp:127.0.0.1:8891 is listened on already in line 1"
        ),
        (
            "http: {listen: {socket: \"tcp:127.0.0.1:1\", mode: \"0660\"}}",
            "postseal.yaml:2: http.listen: tcp:127.0.0.1:1 is no file, so 'mode', 'owner' and 'group' have no "
                + "meaning: take "
                + "them out"
        ),
        (
            "http: {listen: {socket: \"unix:/s\", mode: \"rw\"}}",
            "postseal.yaml:2: http.listen.mode: 'rw' is no mode in octal digits such as \"0660\""
        ),
        (
            "http: {listen: {socket: \"unix:/s\", mode: 1777}}",
            "postseal.yaml:2: http.listen.mode: '1777' is no mode in octal digits such as \"0660\""
        ),
        (
            "http: {listen: {socket: \"unix:/s\", owner: nobody-here}}",
            "postseal.yaml:2: http.listen.owner: there is no user 'nobody-here' on this machine"
        ),
        (
            "http: {listen: {socket: \"unix:/s\", group: mail}}",
            "postseal.yaml:2: http.listen.group: there is no group 'mail' on this machine"
        ),
        (
            "transport: {tls-reports: {contact: t@a.example, listen: \"unix:/t\"}}\n"
                + "reports: {send: {contact: r@b.example, server: \"tcp:127.0.0.1:25\"}}",
            "postseal.yaml:3: reports.send.contact: r@b.example is not of a.example, as transport.tls-reports.contact "
                + "is: TLS reports are signed by the domain that submits them, or ignored"
        ),
        (
            "incoming: {exceptions: {action: accept}}",
            "postseal.yaml:2: incoming.exceptions: an exception needs 'networks' or 'authors'; without them it "
                + "would be "
                + "about no mail"
        ),
        (
            "incoming: {host-name: no, forwarders: [relay.example.net]}",
            "postseal.yaml:2: incoming.forwarders: relay.example.net can never fit, because host names are not "
                + "looked for "
                + "(incoming.host-name: no)"
        ),
        (
            "outgoing:\n  signing:\n    - domain: a.example\n      keys: {selector: s, file: keys/rsa.pem}\n"
                + "    - domain: A.example.\n      keys: {selector: t, file: keys/rsa.pem}",
            "postseal.yaml:6: outgoing.signing: there is a rule for a.example already in line 4; only the "
                + "first would be used"
        ),
        (
            rule(
                "{domain: \"*\", keys: {selector: s, file: keys/rsa.pem}}, {domain: a.example, keys: "
                    + "{selector: s, file: keys/rsa.pem}}"
            ),
            "postseal.yaml:2: outgoing.signing: comes behind the rule for \"*\" in line 2, which fits every "
                + "domain: put it in "
                + "front"
        ),
        (
            rule("{domain: a.example, keys: [{selector: s, file: keys/rsa.pem}, {selector: S, file: keys/ed.pem}]}"),
            "postseal.yaml:2: outgoing.signing.keys.selector: 's' is there already in line 2"
        ),
        (
            rule(
                "{domain: a.example, keys: {selector: s, file: keys/rsa.pem}}, {domain: \"*.a.example\", "
                    + "sign-as: a.example, "
                    + "keys: {selector: s, file: keys/ed.pem}}"),
            "postseal.yaml:2: outgoing.signing.keys.selector: 's' of a.example has another file in line 2; "
                + "under one selector "
                + "one key is published"
        ),
        (
            rule("{domain: a.example, keys: []}"),
            "postseal.yaml:2: outgoing.signing: the rule for a.example has no keys; each is a section with "
                + "'selector' and "
                + "'file'"
        ),
        (
            "outgoing: {sealing: {recipients: [], domain: a.example, selector: s, file: keys/rsa.pem}}",
            "postseal.yaml:2: outgoing.sealing.recipients: needs at least one recipient such as list@example.org, or "
                + "\"@example.org\" for everybody there"
        ),
    ]

    @Test("What contradicts itself is refused", arguments: contradictions)
    func contradiction(_ example: (lines: String, error: String)) {
        #expect(errors(withListener(example.lines)) == [example.error])
    }

    static let keyFiles: [(file: String, error: String)] = [
        ("keys/none.pem", "cannot read /etc/postseal/keys/none.pem: no such file or directory"),
        (
            "keys/all.pem",
            "/etc/postseal/keys/all.pem has mode 0644, so that everybody on this machine can read the key: chmod 640 "
                + "/etc/postseal/keys/all.pem"
        ),
        (
            "keys/group.pem",
            "/etc/postseal/keys/group.pem has mode 0660, so that its group can change the key: chmod 640 "
                + "/etc/postseal/keys/group.pem"
        ),
        (
            "keys/public.pem",
            "/etc/postseal/keys/public.pem holds no usable private key: a public key where a private key is needed"
        ),
        (
            "/etc/postseal/answers.json",
            "/etc/postseal/answers.json holds no usable private key: no PEM block: expected a line '-----BEGIN PRIVATE "
                + "KEY-----' or the like"
        ),
    ]

    @Test("A key file that cannot be used is named, with what to do", arguments: keyFiles)
    func keyFile(_ example: (file: String, error: String)) {
        let key = "{domain: a.example, keys: {selector: s, file: \(example.file)}}"
        #expect(
            errors(withListener(Self.rule(key))) == ["postseal.yaml:2: outgoing.signing.keys.file: \(example.error)"])
    }

    static let warned: [(lines: String, warning: String)] = [
        (
            rule("{domain: a.example, keys: {selector: s, file: keys/short.pem}}"),
            "postseal.yaml:2: outgoing.signing.keys.file: /etc/postseal/keys/short.pem is an RSA key of 1024 "
                + "bits, which others "
                + "may not accept any more; make one of 2048"
        ),
        (
            "outgoing: {authenticated: no, signing: {domain: a.example, keys: {selector: s, file: keys/rsa.pem}}}",
            "postseal.yaml:2: outgoing.signing: nothing will be signed, because no mail is ours: set "
                + "outgoing.authenticated or "
                + "outgoing.networks"
        ),
        (
            "outgoing: {networks: 0.0.0.0/0}",
            "postseal.yaml:2: outgoing.networks: 0.0.0.0/0 is every client: all mail would be taken for ours, "
                + "signed and not "
                + "checked"
        ),
        (
            "dns: {timeout: 10s, budget: 5s}",
            "postseal.yaml:2: dns.timeout: one look-up may take 10s, but all of a message together only 5s (dns.budget)"
        ),
        (
            "http: {listen: \"tcp:0.0.0.0:80\"}",
            "postseal.yaml:2: http.listen: tcp:0.0.0.0:80 can be reached from other machines, and asks for no "
                + "password: let a "
                + "firewall keep strangers out"
        ),
        (
            "http: {listen: {socket: \"unix:/s\", mode: \"0666\"}}",
            "postseal.yaml:2: http.listen.mode: unix:/s with mode 0666 lets everybody on this machine in"
        ),
        (
            "outgoing: {sealing: [{recipients: l@a.example, domain: a.example, selector: s, file: keys/ed.pem}, "
                + "{recipients: l@a.example, domain: a.example, selector: s, file: keys/ed.pem}]}",
            "postseal.yaml:2: outgoing.sealing.recipients: 'l@a.example' has a rule already in line 2; the "
                + "first is used"
        ),
    ]

    @Test("What is odd but can be meant is a warning", arguments: warned)
    func warning(_ example: (lines: String, warning: String)) throws {
        #expect(try load(withListener(example.lines)).warnings.map(\.shortened) == [example.warning])
    }

    @Test("A recorded file of DNS answers is read, or refused with its place")
    func recorded() throws {
        guard case .recorded = try load(withListener("dns: {recorded: answers.json}")).configuration.dns.source else {
            Issue.record("no recorded answers")
            return
        }
        let found = errors(withListener("dns: {recorded: broken.json}"))
        #expect(found.first?.contains("/etc/postseal/broken.json is no recorded file of DNS answers") == true)
    }

    @Test("The machine's own name must be one, and a whole one")
    func hostName() throws {
        var files = StubFiles()
        files.hostName = "mx"
        #expect(try load(withListener(""), files: files).warnings.first?.key == "name")
        #expect(try load(withListener("name: mx"), files: files).warnings.isEmpty)
        files.hostName = ""
        #expect(errors(withListener(""), files: files).first?.contains("no usable name") == true)
        #expect(errors(withListener("name: a.example"), files: files).isEmpty)
    }

    static let addresses: [(text: String, hint: String?)] = [
        ("inet:8891@127.0.0.1", "tcp:127.0.0.1:8891"), ("inet:8891@localhost", "tcp:127.0.0.1:8891"),
        ("inet6:8891@::1", "tcp:[::1]:8891"), ("inet:127.0.0.1:8891", "tcp:127.0.0.1:8891"),
        ("local:/run/p.sock", "unix:/run/p.sock"), ("/run/p.sock", "unix:/run/p.sock"), ("8891", "tcp:127.0.0.1:8891"),
        ("tcp:localhost:8891", "tcp:127.0.0.1:8891"), ("tcp:8891", "tcp:127.0.0.1:8891"),
        ("tcp:*:25", "tcp:0.0.0.0:25"),
        ("tcp:::1:25", "tcp:[::1]:25"), ("tcp:[127.0.0.1]:25", "tcp:127.0.0.1:25"), ("tcp:127.0.0.1:65536", nil),
        ("tcp:example.org:25", nil), ("tcp:127.0.0.1:", nil), ("http://127.0.0.1/", nil), ("", nil), ("tcp:", nil),
    ]

    @Test("A socket in the spelling of another program is translated", arguments: addresses)
    func address(_ example: (text: String, hint: String?)) {
        let found = errors("milter: {listen: [\"\(example.text)\"]}")
        #expect(found.count == 1)
        #expect(
            found.first?.hasSuffix(example.hint.map { "did you mean '\($0)'?" } ?? "tcp:[::1]:8891") == true, "\(found)"
        )
    }

    @Test("A socket's path has an end, and is a file's")
    func socketPath() {
        let path = "/" + String(repeating: "x", count: 107)
        #expect(errors("milter: {listen: [\"unix:\(path)\"]}").first?.contains("at most 107 octets, this 108") == true)
        #expect(errors("milter: {listen: [\"unix:/run/\"]}").first?.contains("a folder") == true)
        #expect(errors("milter: {listen: [\"unix:\"]}").first?.contains("missing") == true)
    }
}
