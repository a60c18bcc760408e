internal import ArgumentParser
internal import Certificates
internal import DANE
internal import MailBytes
internal import MailNames
internal import Rendering

struct DANECommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dane", abstract: "Checks and makes TLSA records (RFC 7671, RFC 7672).",
        subcommands: [DANEVerifyCommand.self, DANERecordCommand.self])
}

struct DANEVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Holds the certificates that a mail server shows against its TLSA records.",
        discussion: """
            Takes the records to be proved by DNSSEC; asks nobody anything. Exit status: 0 if a record matches, 1 if \
            none does, 2 if no record can be used, so that TLS is mandatory and nobody can be recognised.
            """)

    @Option(
        name: .customLong("tlsa"),
        help: ArgumentHelp(
            "TLSA records: 'usage selector matching-type hex', one a line; or lines of a zone.", valueName: "file"))
    var recordFile: String

    @Option(
        name: .customLong("chain"),
        help: ArgumentHelp("What the server shows, in PEM: its own certificate first.", valueName: "pem"))
    var chainFile: String

    @Option(
        name: .customLong("host"),
        help: ArgumentHelp("The server's name: the TLSA base domain.", valueName: "name"))
    var host: String

    @Option(
        name: .customLong("next-hop"), parsing: .singleValue,
        help: ArgumentHelp(
            "The mail domain whose MX records, proved by DNSSEC, led to the server; and once more with its aliases "
                + "followed. Certificates below an authority may be for it.",
            valueName: "domain"))
    var nextHops: [String] = []

    @OptionGroup(title: "Time") var clock: ClockOptions
    @OptionGroup(title: "Output") var output: OutputOptions

    func validate() throws {
        guard recordFile != "-" || chainFile != "-" else {
            throw ValidationError("standard input can be read only once")
        }
    }

    func run() throws {
        let references = DANEReferenceNames(
            baseDomain: try DMARCCommand.name(host), others: try nextHops.map(DMARCCommand.name))
        let (recordText, chainText) = (try FileInput.read(recordFile), try FileInput.read(chainFile))
        let records: [TLSARecord]
        do throws(TLSARecordError) {
            records = try TLSARecord.list(parsing: String(lossy: recordText))
        } catch {
            throw CommandFailure("\(Self.shown(recordFile)) holds no TLSA records: \(error)")
        }
        let chain: PresentedChain
        do throws(CertificateError) {
            chain = try PresentedChain(pem: chainText)
        } catch {
            throw CommandFailure("\(Self.shown(chainFile)) holds no chain of certificates: \(error)")
        }
        let outcome = DANEVerifier().verify(
            chain, against: TLSARecordSet(records), references: references, at: clock.now, tracing: output.explain)
        let word = outcome.isMatched ? "matched" : outcome.failure == .noUsableRecord ? "unusable" : "not matched"
        output.show(json: outcome.json, trace: [("dane", outcome.trace)], text: "\(word): \(outcome.reason)")
        switch outcome.failure {
        case nil: return
        case .noUsableRecord: throw Verdict.unknown
        case .noMatch, .chain: throw Verdict.bad
        }
    }

    /// A file's name in a sentence.
    private static func shown(_ path: String) -> String { path == "-" ? "standard input" : path }
}
