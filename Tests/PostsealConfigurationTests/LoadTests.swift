import MailNames
import PostsealConfiguration
import PostsealEngine
import Sockets
import Testing

@Suite("The configuration as a whole")
struct LoadTests {
    @Test("A small configuration has the defaults")
    func small() throws {
        let loaded = try load("milter:\n  listen: unix:/run/postseal/milter.sock\n")
        #expect(loaded.warnings.isEmpty)
        let configuration = loaded.configuration
        #expect(configuration.guardSettings.authservID == "mx.example.org")
        #expect(configuration.guardSettings.inspection.checksHostName)
        #expect(configuration.milter.listeners == [ListenSocket(.unix("/run/postseal/milter.sock"))])
        #expect(configuration.milter.timeout == .seconds(7200))
        #expect(configuration.dns.budget == .seconds(20))
        #expect(configuration.http.listeners.isEmpty)
    }

    @Test("Everything that an administrator can write arrives where it belongs")
    func large() throws {
        let configuration = try load(Self.large).configuration
        let settings = configuration.guardSettings
        #expect(settings.policy.onSPFFail == .quarantine)
        #expect(settings.signing.first?.keys.count == 2)
        #expect(configuration.milter.listeners.last?.group == .number(115))
    }

    static let large = """
        name: mail.example.org
        internal-names: [mx1.example.org]
        milter:
          listen:
            - unix:/run/postseal/milter.sock
            - socket: tcp:[::1]:8891
            - socket: unix:milter.sock
              mode: "0660"
              owner: postseal
              group: postfix
          connections: 100
          messages: 50
          timeout: 10m
        http:
          listen: tcp:127.0.0.1:8027
        dns:
          servers: [192.0.2.53, "[2001:db8::53]:5300"]
          trust-anchor: root.key
          validation: required
          timeout: 500ms
          budget: 10s
          questions: 20
        incoming:
          dmarc-reject: reject
          dmarc-quarantine: tag
          dmarc-none: tag
          spf-fail: quarantine
          no-author: reject
          several-from: quarantine
          ambiguous-from: accept
          quarantine: header
          subject-prefix: "[suspicious]"
          dry-run: yes
          host-name: yes
          received-spf: true
          signatures: 5
          key-bits: 2048
          partial-body: trust
          trusted-sealers: [lists.example.net]
          forwarders: [203.0.113.0/24, relay.example.net]
          exceptions:
            - networks: [203.0.113.0/24]
              authors: [example.net]
              action: accept
          fail: {dns: accept, overload: reject, internal: accept}
        outgoing:
          authenticated: no
          networks: [127.0.0.0/8, "::1"]
          keep-results: yes
          unsigned: tempfail
          signing:
            - domain: example.org
              keys:
                - selector: s2026
                  file: keys/rsa.pem
                - selector: e2026
                  file: keys/ed.pem
            - domain: "*.example.org"
              sign-as: example.org
              keys: {selector: s2026, file: /etc/postseal/keys/rsa.pem}
          sealing:
            - recipients: [list@example.org, "@forward.example"]
              domain: example.org
              selector: arc
              file: keys/groupread.pem
        log:
          level: debug
          format: json
        """
}
