import Foundation
import PostsealConfiguration
import PostsealEngine
import TestSupport
import Testing

@Suite("The sample and the reference")
struct SampleTests {
    /// The files that the sample's examples name.
    private static let files: StubFiles = {
        var stub = StubFiles.withKeys
        let key = FileContent(octets: Array(TestKeyTexts.rsa.utf8), mode: 0o600)
        for name in ["s2026", "arc"] { stub.files["/etc/postseal/keys/\(name).example.org.pem"] = key }
        stub.files["/etc/ssl/certs/ca-certificates.crt"] = (try? CertificateFixtures.pem("root")).map {
            FileContent(octets: $0, mode: 0o644)
        }
        for (name, fixture) in [("chain", "key-ec-certificate"), ("key", "key-ec")] {
            stub.files["/etc/postseal/tls/\(name).pem"] = (try? CertificateFixtures.pem(fixture)).map {
                FileContent(octets: $0, mode: 0o600)
            }
        }
        stub.files["/usr/share/dns/root.key"] = stub.files["/etc/postseal/root.key"]
        return stub
    }()

    private static let lines = ConfigurationSample.text.split(separator: "\n", omittingEmptySubsequences: false)

    /// The line with its setting switched on; nil if it is none that is switched off.
    private static func switchedOn(_ line: Substring) -> String? {
        let margin = line.prefix { $0 == " " }
        let rest = line.dropFirst(margin.count)
        guard rest.first == "#", rest.count > 1 else { return nil }
        let setting = rest.dropFirst()
        guard !setting.hasPrefix(" ") || setting.hasPrefix("  ") else { return nil }
        return String(margin) + String(setting)
    }

    @Test("The sample is in order as it is, and says nothing but the defaults")
    func plain() throws {
        let loaded = try load(ConfigurationSample.text)
        #expect(loaded.warnings.isEmpty)
        let small = try load("milter: {listen: unix:/run/postseal/milter.sock}").configuration
        #expect(String(describing: loaded.configuration) == String(describing: small))
    }

    @Test("Each example of the sample, switched on by itself, is in order")
    func eachExample() {
        let switchedOff = Self.lines.indices.filter { Self.switchedOn(Self.lines[$0]) != nil }
        // Lines of one example follow each other.
        var examples: [Range<Int>] = []
        for index in switchedOff {
            if let last = examples.last, last.upperBound == index {
                examples[examples.count - 1] = last.lowerBound..<(index + 1)
            } else {
                examples.append(index..<(index + 1))
            }
        }
        #expect(examples.count >= 35)
        for example in examples {
            let text = Self.lines.enumerated().map { index, line in
                example.contains(index) ? Self.switchedOn(line) ?? "" : String(line)
            }.joined(separator: "\n")
            #expect(errors(text, files: Self.files) == [], "\(Self.lines[example.lowerBound])")
        }
    }

    @Test("All examples together are in order, but for the one that contradicts others")
    func allExamples() throws {
        let text = Self.lines.map { line in
            line.contains("#recorded:") ? String(line) : Self.switchedOn(line) ?? String(line)
        }.joined(separator: "\n")
        let loaded = try load(text, files: Self.files)
        #expect(loaded.warnings.isEmpty)
        #expect(loaded.configuration.milter.listeners.count == 2)
        #expect(loaded.configuration.guardSettings.signing.count == 1)
        #expect(loaded.configuration.guardSettings.sealing.count == 1)
        #expect(loaded.configuration.guardSettings.policy.exceptions.count == 1)
    }

    @Test("Each key with a default that is switched on changes nothing")
    func defaults() throws {
        let plain = String(describing: try load(ConfigurationSample.text).configuration)
        for (variable, path) in ConfigurationReference.variables {
            let name = path.split(separator: ".").last.map(String.init) ?? ""
            #expect(ConfigurationSample.text.contains("\(name):"), "\(path) is not in the sample")
            #expect(variable.hasPrefix("POSTSEAL_"))
        }
        let examples: Set<String> = [
            "name", "internal-names", "listen", "servers", "trust-anchor", "recorded", "trusted-sealers", "forwarders",
            "networks", "certificate-authorities", "allowed-networks", "clients", "source-addresses", "xclient-from",
            "contact", "organization", "node", "certificate", "key", "addresses", "folders", "trusted-receivers",
            "server", "return-path", "source",
            "trusted-proxies",
        ]
        for (index, line) in Self.lines.enumerated() {
            guard let setting = Self.switchedOn(line), let colon = setting.firstIndex(of: ":") else { continue }
            let key = setting[..<colon].drop { $0 == " " }
            guard !examples.contains(String(key)), !setting.hasSuffix(":"), !key.hasPrefix("-"), !line.contains("#  ")
            else { continue }
            let text = Self.lines.enumerated().map { $0 == index ? setting : String($1) }.joined(separator: "\n")
            #expect(String(describing: try load(text).configuration) == plain, "\(setting)")
        }
    }

    @Test("Lines are short, and explanations are sentences")
    func form() {
        for line in Self.lines {
            #expect(line.count <= 100)
            #expect(!line.hasSuffix(" "))
        }
    }

    static let documents: [(path: String, text: String)] = [
        ("docs/postseal.yaml", ConfigurationSample.text), ("docs/configuration.md", ConfigurationReference.text),
    ]

    @Test("The documents in the repository are those that the declarations make", arguments: documents)
    func document(_ document: (path: String, text: String)) throws {
        let url = Suites.repository.appending(path: document.path)
        if ProcessInfo.processInfo.environment["POSTSEAL_WRITE_DOCS"] != nil {
            try Data(document.text.utf8).write(to: url)
        }
        // Not as an operand: the whole texts would be printed.
        let isCurrent = try String(decoding: Suites.bytes(url), as: UTF8.self) == document.text
        #expect(isCurrent, "run 'make docs'")
    }
}
