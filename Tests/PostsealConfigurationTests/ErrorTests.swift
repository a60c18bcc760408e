import PostsealConfiguration
import Testing

/// What is wrong is said with its line, what is allowed, and what was probably meant.
@Suite("Errors in values and keys")
struct ErrorTests {
    /// Lines below `milter: {listen: …}`, so that the first of them is line 2.
    static let values: [(lines: String, error: String)] = [
        (
            "incoming:\n  spf-fail: rejct",
            "postseal.yaml:3: incoming.spf-fail: 'rejct' is not one of accept, tag, quarantine, reject; did you mean "
                + "'reject'?"
        ),
        (
            "incoming: {dmarc-reject: Reject}",
            "postseal.yaml:2: incoming.dmarc-reject: 'Reject' is not one of careful, accept, tag, quarantine, "
                + "reject; did "
                + "you mean 'reject'?"
        ),
        (
            "incoming: {dmarc-none: quarantine}",
            "postseal.yaml:2: incoming.dmarc-none: 'quarantine' is not one of accept, tag"
        ),
        ("incoming: {dry-run: maybe}", "postseal.yaml:2: incoming.dry-run: 'maybe' is not yes or no"),
        (
            "incoming: {dry-run: [yes]}",
            "postseal.yaml:2: incoming.dry-run: a list where one value is wanted: yes, no"
        ),
        (
            "incoming:\n  dry-run:",
            "postseal.yaml:3: incoming.dry-run: has no value; wanted is yes, no"
        ),
        (
            "incoming: {signatures: 0}",
            "postseal.yaml:2: incoming.signatures: '0' is no number from 1 to 100"
        ),
        (
            "incoming: {signatures: ten}",
            "postseal.yaml:2: incoming.signatures: 'ten' is no number from 1 to 100"
        ),
        (
            "incoming: {signatures: 99999999999999999999}",
            "postseal.yaml:2: incoming.signatures: '99999999999999999999' is no number from 1 to 100"
        ),
        (
            "dns: {timeout: 5}",
            "postseal.yaml:2: dns.timeout: '5' is no time such as 500ms, 5s, 10m or 2h; did you mean '5s'?"
        ),
        ("dns: {timeout: 5 s}", "postseal.yaml:2: dns.timeout: '5 s' is no time such as 500ms, 5s, 10m or 2h"),
        ("dns: {timeout: 2m}", "postseal.yaml:2: dns.timeout: '2m' is not between 100ms and 1m"),
        ("dns: {budget: 5m}", "postseal.yaml:2: dns.budget: '5m' is not between 100ms and 4m"),
        (
            "dns: {budget: 9223372036854775807d}",
            "postseal.yaml:2: dns.budget: '9223372036854775807d' is no time such as 500ms, 5s, 10m or 2h"
        ),
        (
            "dns: {servers: [dns.example.org]}",
            "postseal.yaml:2: dns.servers: 'dns.example.org' is no address of a DNS server such as 192.0.2.53 or "
                + "192.0.2.53:5300"
        ),
        (
            "outgoing: {networks: 192.0.2.300/24}",
            "postseal.yaml:2: outgoing.networks: '192.0.2.300/24' is no network such as 203.0.113.0/24 or 2001:db8::/32"
        ),
        (
            "outgoing: {networks: [192.0.2.7/24]}",
            "postseal.yaml:2: outgoing.networks: '192.0.2.7/24' is an address within a network; did you mean "
                + "'192.0.2.0/24'?"
        ),
        (
            "incoming: {trusted-sealers: [a@example.org]}",
            "postseal.yaml:2: incoming.trusted-sealers: 'a@example.org' is no domain such as example.org"
        ),
        (
            "incoming: {trusted-sealers: {example.org: yes}}",
            "postseal.yaml:2: incoming.trusted-sealers: a section where one value is wanted: a domain such as "
                + "example.org"
        ),
        (
            "incoming: {trusted-sealers: }",
            "postseal.yaml:2: incoming.trusted-sealers: has no value; wanted is a domain such as example.org, "
                + "or [] for none"
        ),
        (
            "incoming: {forwarders: [192.0.2.1]}\nname: my server",
            "postseal.yaml:3: name: 'my server' is no name that Authentication-Results can carry, such as "
                + "mx.example.org"
        ),
        (
            "incoming: {subject-prefix: \"böse\"}",
            "postseal.yaml:2: incoming.subject-prefix: 'böse' is no text of at most 60 letters and signs of ASCII"
        ),
        (
            "incoming: {subject-prefix: \"a\\r\\nBcc: x\"}",
            "postseal.yaml:2: incoming.subject-prefix: 'a??Bcc: x' is no text of at most 60 letters and signs of ASCII"
        ),
        (
            "log: {level: verbose}",
            "postseal.yaml:2: log.level: 'verbose' is not one of debug, info, notice, warning, error"
        ),
        ("incoming: accept", "postseal.yaml:2: incoming: a single value where there must be a section"),
        ("incoming: [accept]", "postseal.yaml:2: incoming: a list where there must be a section"),
    ]

    @Test("A wrong value is shown with what is allowed", arguments: values)
    func wrongValue(_ example: (lines: String, error: String)) {
        #expect(errors(withListener(example.lines)) == [example.error])
    }

    static let keys: [(lines: String, error: String)] = [
        ("incomming: {}", "postseal.yaml:2: there is no key 'incomming'; did you mean 'incoming'?"),
        (
            "incoming:\n  spf_fail: reject",
            "postseal.yaml:3: incoming: there is no key 'spf_fail' in incoming; did you mean 'spf-fail'?"
        ),
        (
            "spf-fail: reject",
            "postseal.yaml:2: there is no key 'spf-fail'; it belongs in incoming"
        ),
        (
            "incoming: {overload: reject}",
            "postseal.yaml:2: incoming: there is no key 'overload' in incoming; it belongs in incoming.fail"
        ),
        (
            "log: {colour: yes}",
            "postseal.yaml:2: log: there is no key 'colour' in log; there are level, format"
        ),
        (
            "log:\n  level: info\n  format: json\n  level: debug",
            "postseal.yaml:5: level: is set a second time; the first is in line 3"
        ),
        ("log: {level: info, level: debug}", "postseal.yaml:2: level: is set twice in the same section"),
        (
            "outgoing: {signing: [{keys: []}]}",
            "postseal.yaml:2: outgoing.signing: 'domain' is missing; it is a domain, "
                + "\"*.domain\" for all below it, or \"*\" for every domain"
        ),
        (
            "incoming:\n  exceptions:\n    - networks: [192.0.2.1]",
            "postseal.yaml:4: incoming.exceptions: 'action' is missing; it is accept, tag, quarantine, reject"
        ),
        (
            "outgoing: {sealing: [{recipients: [list], domain: example.org, selector: s, file: keys/rsa.pem}]}",
            "postseal.yaml:2: outgoing.sealing.recipients: 'list' is no recipient such as list@example.org or "
                + "\"@example.org\""
        ),
        ("? [a]\n: b", "postseal.yaml:2: text that begins with ? must be in quotes"),
        ("[a]: b", "postseal.yaml:2: a key must be a word"),
    ]

    @Test("A wrong key is shown with the one that was probably meant", arguments: keys)
    func wrongKey(_ example: (lines: String, error: String)) {
        let found = errors(withListener(example.lines))
        #expect(found.first == example.error)
    }

    @Test("All errors are found at once, in the order of the file")
    func all() {
        let found = errors(
            """
            log: {level: debgu}
            incoming:
              spf-fail: refuse
              signatures: many
            outgoing:
              networks: [nowhere]
            """)
        #expect(
            found.map { $0.prefix { $0 != " " } } == [
                "postseal.yaml:1:", "postseal.yaml:3:", "postseal.yaml:4:", "postseal.yaml:6:", "postseal.yaml:",
            ])
        #expect(found.last?.contains("nothing to listen on") == true)
    }

    @Test("A file that is all wrong does not fill the screen")
    func many() {
        let lines = (0..<5000).map { "key\($0): x" }.joined(separator: "\n")
        let found = errors(lines)
        #expect(found.count == 101)
        #expect(found.last?.contains("further errors") == true)
    }

    @Test("What could be a private key is never shown")
    func secrets() {
        let secret = TestKeyTexts.ed25519.split(separator: "\n").dropFirst().first.map(String.init) ?? ""
        for lines in [
            "outgoing: {signing: [{domain: a.example, keys: [{selector: s, file: \"\(secret)\"}]}]}",
            "outgoing: {signing: [{domain: a.example, keys: [{selector: \"-----BEGIN PRIVATE KEY----- "
                + "\(secret)\", file: f}]}]}",
            "outgoing: {signing: [{domain: a.example, keys: [{selector: s, file: \"-----BEGIN PRIVATE KEY----- "
                + "\(secret)\"}]}]}",
            "outgoing:\n  signing:\n    - domain: a.example\n      keys:\n        - file: |\n            \(secret)\n",
            "\"\(secret)\": x", "name: \"\(secret)\"", "log: {level: \"\(secret)\"}",
        ] {
            let found = errors(withListener(lines))
            #expect(!found.isEmpty)
            #expect(!found.contains { $0.contains(secret.prefix(20)) }, "\(found)")
        }
    }
}
