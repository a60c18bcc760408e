internal import ArgumentParser
internal import Certificates
internal import DANE
internal import MailBytes
internal import MailNames
internal import Rendering

struct DANERecordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record", abstract: "Makes the TLSA records of a mail server from its certificates or keys.",
        discussion: """
            A file holds a certificate (with those above it, if you like), a public key or a private key, in PEM; of a \
            private key only the public half is used. Without --form a server's certificate or a key gets 3 1 1, an \
            authority's certificate 2 1 1. Give the old and the new file for a roll-over: both records have to stand \
            in the zone before the server changes.
            """)

    @Argument(help: ArgumentHelp("Certificates or keys: the one in use, and any that come next.", valueName: "file"))
    var files: [String]

    @Option(name: .customLong("host"), help: ArgumentHelp("The server's name, as in the MX record.", valueName: "name"))
    var host: String

    @Option(name: .customLong("port"), help: ArgumentHelp("The port that clients connect to.", valueName: "number"))
    var port: UInt16 = 25

    @Option(
        name: .customLong("form"), parsing: .singleValue,
        help: ArgumentHelp(
            "Usage, selector and matching type, such as '3 1 1' or 311; may be given more than once.",
            valueName: "form"))
    var forms: [String] = []

    @Flag(name: .customLong("json"), help: "Print JSON.")
    var json = false

    func validate() throws {
        for text in forms {
            do {
                _ = try TLSAForm(text)
            } catch let failure as CommandFailure {
                throw ValidationError(failure.sentence)
            }
        }
    }

    func run() throws {
        let hostName = try DMARCCommand.name(host)
        guard let name = TLSARecord.name(host: hostName, port: port) else {
            throw CommandFailure("_\(port)._tcp.\(host) is longer than a domain name can be")
        }
        let sources = try files.map(TLSASource.init(path:))
        let wanted = try forms.map { try TLSAForm($0) }
        var made: [MadeRecord] = []
        for source in sources {
            for form in wanted.isEmpty ? [source.standardForm] : wanted {
                let record = try source.record(form)
                if !made.contains(where: { $0.record == record }) {
                    made.append(MadeRecord(record: record, source: source))
                }
            }
        }
        show(name: name, made: made, advice: TLSAAdvice(host: hostName, made: made, fileCount: files.count).sentences)
    }

    private func show(name: DomainName, made: [MadeRecord], advice: [String]) {
        if json {
            let object: JSONValue = [
                "name": .string(name.text), "type": "TLSA",
                "records": .array(
                    made.map { entry in
                        guard case .object(let members) = entry.record.json else { return nil }
                        return .object(
                            members + [
                                JSONMember("zone_line", .string(entry.record.zoneLine(name: name))),
                                JSONMember("file", .string(entry.source.path)),
                            ])
                    }), "advice": .array(advice.map { .string($0) }),
            ]
            Console.write(Array((object.text + "\n").utf8))
            return
        }
        for entry in made { Console.print(entry.record.zoneLine(name: name)) }
        Console.print("")
        for sentence in advice { Console.print("; \(sentence)") }
    }
}

/// The three numbers of a record.
struct TLSAForm: Hashable {
    var usage: TLSAUsage
    var selector: TLSASelector
    var matchingType: TLSAMatchingType

    /// Reads `3 1 1`, `3,1,1` or `311`.
    init(_ text: String) throws {
        let digits = text.utf8.filter { $0.isDigit }
        let isForm = digits.count == 3 && text.utf8.allSatisfy { $0.isDigit || $0.isWSP || $0 == UInt8(ascii: ",") }
        guard isForm else { throw CommandFailure("--form '\(text)' is not three digits, such as '3 1 1'") }
        usage = TLSAUsage(rawValue: digits[0] - 0x30)
        selector = TLSASelector(rawValue: digits[1] - 0x30)
        matchingType = TLSAMatchingType(rawValue: digits[2] - 0x30)
        guard usage == .daneTA || usage == .daneEE else {
            throw CommandFailure(
                "--form '\(text)' has a usage that mail servers take no notice of (RFC 7672 §3.1.3): 2 and 3 are of use"
            )
        }
        guard selector == .certificate || selector == .publicKey else {
            throw CommandFailure("--form '\(text)' has a selector that is not 0 (certificate) or 1 (key)")
        }
        guard matchingType == .full || matchingType.digestOctets != nil else {
            throw CommandFailure(
                "--form '\(text)' has a matching type that is not 0 (in full), 1 (SHA-256) or 2 (SHA-512)")
        }
    }

    init(_ usage: TLSAUsage, _ selector: TLSASelector, _ matchingType: TLSAMatchingType) {
        self.usage = usage
        self.selector = selector
        self.matchingType = matchingType
    }
}
