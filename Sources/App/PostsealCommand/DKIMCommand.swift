internal import ArgumentParser
internal import DKIM
internal import DNS
internal import Glibc
internal import MailBytes
internal import MailCrypto
internal import MailNames

struct DKIMCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dkim", abstract: "Makes and checks DKIM keys.",
        subcommands: [DKIMKeyCommand.self, DKIMCheckCommand.self])
}

/// The kinds of key that DKIM knows.
enum KeyKind: String, ExpressibleByArgument, CaseIterable {
    case rsa, ed25519
}

struct DKIMKeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Makes a signing key, and the DNS record to publish for it.",
        discussion: """
            The private key goes into a new file that only its owner may read (0600); no file is replaced. With \
            --existing nothing is made, and the record of that key is printed.
            """)

    @Option(name: .customLong("domain"), help: ArgumentHelp("The signing domain.", valueName: "domain"))
    var domain: String

    @Option(
        name: .customLong("selector"), help: ArgumentHelp("The selector to publish it under.", valueName: "selector"))
    var selector: String

    @Option(name: .customLong("type"), help: ArgumentHelp("rsa or ed25519.", valueName: "kind"))
    var kind: KeyKind = .rsa

    @Option(name: .customLong("bits"), help: ArgumentHelp("Size of an RSA key: 2048 to 4096.", valueName: "bits"))
    var bits: Int?

    @Option(
        name: .customLong("out"),
        help: ArgumentHelp("File for the private key; SELECTOR.DOMAIN.pem if not given.", valueName: "file"))
    var outFile: String?

    @Option(
        name: .customLong("existing"),
        help: ArgumentHelp("Print the record of the key in this file.", valueName: "file"))
    var existingFile: String?

    @Flag(name: .customLong("json"), help: "Print JSON.")
    var json = false

    func validate() throws {
        if let bits, kind != .rsa {
            throw ValidationError("--bits \(bits) has no meaning for an Ed25519 key: they have one size")
        }
        if let bits, !(2048...4096).contains(bits) || bits % 256 != 0 {
            throw ValidationError(
                "--bits must be 2048 to 4096 in steps of 256: RFC 8301 asks for 2048, "
                    + "and longer keys are not verified everywhere"
            )
        }
        if existingFile != nil, outFile != nil || bits != nil {
            throw ValidationError("--existing makes no key, so --out and --bits have no meaning with it")
        }
    }

    func run() throws {
        let domainName = try SigningOptions.domain(domain)
        let selectorName = try SigningOptions.selector(selector)
        let key: DKIMPrivateKey
        var path: String?
        if let existingFile {
            do {
                key = try DKIMPrivateKey(pem: try FileInput.read(existingFile))
            } catch let failure as CommandFailure {
                throw failure
            } catch {
                throw CommandFailure("\(existingFile) holds no usable private key: \(error)")
            }
        } else {
            key = try make()
            let file = outFile ?? "\(selectorName.text).\(domainName.text).pem"
            try FileOutput.writeSecret(Array(key.pem.utf8), to: file)
            path = file
        }
        let record = key.publicRecord
        let name: DomainName
        do {
            name = try domainName.prepending("\(selectorName.text)._domainkey")
        } catch {
            throw CommandFailure("\(selector)._domainkey.\(domain) is no domain name: \(error)")
        }
        show(name: name, record: record, path: path)
    }

    private func make() throws -> DKIMPrivateKey {
        switch kind {
        case .rsa: .rsa(try RSAPrivateKey.generate(bits: bits ?? 2048))
        case .ed25519: .ed25519(try Ed25519PrivateKey.generate())
        }
    }

    /// What is to be done about a key that root has made; nil for other users.
    static func ownership(_ path: String, isRoot: Bool) -> String? {
        isRoot ? "It is root's: where a daemon signs with it, its user has to own it: chown postseal: \(path)" : nil
    }

    private func show(name: DomainName, record: DKIMKeyRecord, path: String?) {
        let zoneLine = record.zoneLine(name: name)
        if json {
            let object: JSONValue = [
                "name": .string(name.text), "type": "TXT", "value": .string(record.text),
                "zone_line": .string(zoneLine),
                "private_key_file": JSONValue(path),
            ]
            Console.write(Array((object.text + "\n").utf8))
            return
        }
        if let path { Console.print("private key: \(path) (readable by you alone; keep it so)\n") }
        if let path, let note = Self.ownership(path, isRoot: geteuid() == 0) { Console.print("\(note)\n") }
        Console.print("Publish this in the zone of \(domain):\n\n\(zoneLine)\n")
        Console.print(
            "then see that it is there: postseal dkim check --domain \(domain) --selector \(selector)"
                + (path.map { " --key \($0)" } ?? ""))
    }
}

struct DKIMCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Holds private keys against their published records.")

    @OptionGroup(title: "Keys") var signing: SigningOptions
    @OptionGroup(title: "DNS") var dns: DNSOptions

    func run() async throws {
        let keys = try signing.keys()
        let session = try dns.session()
        for key in keys { try await signing.check(key, resolver: session) }
        try session.finish()
        for key in keys {
            Console.print("selector \(key.selector.text) of \(key.domain.text): the key fits its published record")
        }
    }
}
