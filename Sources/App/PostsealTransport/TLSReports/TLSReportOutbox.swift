internal import MailBytes
internal import MailCrypto
internal import MailNames
public import PostsealState
internal import TLSRPT

/// The folder in which reports wait for whoever sends them.
///
/// A report is two files: `<report-id>.json`, the report as it goes out, and then `<report-id>.to.json`, which says to
/// whom. Who sends looks for the second, and takes both away when it is done. Each report comes once, whatever
/// happens: it is written under a hidden name, then its domain is noted as done, then it gets its name.
public struct TLSReportOutbox: Sendable {
    /// A report that waits.
    struct Entry: Hashable {
        var day: TLSReportDay
        /// What both names begin with.
        var stem: String
        var octets: Int
    }

    /// A report that is written and has no name yet.
    struct Prepared {
        var domain: DomainName
        var stem: String
    }

    /// Octets of a file's name that are used; systems allow 255.
    static let stemOctetsMax = 200
    static let reportEnd = ".json"
    static let destinationsEnd = ".to.json"

    /// Where the files are.
    public let folder: String

    /// Takes a folder into use, which is made if it is not there.
    ///
    /// - Throws: where it can't be made.
    public init(folder: String) throws(StateFileError) {
        self.folder = folder
        try StateFiles.makeFolder(folder)
    }

    /// What both names of a report's files begin with: its identifier, or, where that is too long for a file, the day
    /// and a hash of it.
    static func stem(_ document: TLSReportDocument) -> String {
        let id = document.report.reportID
        let isPlain = id.utf8.allSatisfy { $0.isAlphanumeric || "-._@".utf8.contains($0) }
        if id.utf8.count <= stemOctetsMax, isPlain { return id }
        let digits = SHA256Hasher.hash(Array(id.utf8)[...]).bytes.prefix(16).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return "\(TLSReportDay(containing: document.report.begin).text).\(digits.joined())"
    }

    /// What the second file says: to whom the report goes, and how it is called there (RFC 8460 §5.1, §5.3).
    static func destinations(_ document: TLSReportDocument, _ record: TLSRPTRecord) -> JSONValue {
        [
            "version": 1, "kind": "tlsrpt", "report_id": .string(document.report.reportID),
            "domain": .string(document.domain.text), "submitter": .string(document.submitter.text),
            "contact": JSONValue(document.report.contactInfo), "begin": .integer(document.report.begin.seconds),
            "end": .integer(document.report.end.seconds), "record": .string(record.text),
            "destinations": .array(record.destinations.filter(\.isServed).map { .string($0.text) }),
            "file_name": .string(document.fileName(isCompressed: false)),
            "media_type": .string(TLSReportDocument.mediaType(isCompressed: false)),
            "subject": .string(document.subject),
        ]
    }

    /// Writes a report under hidden names.
    func prepare(_ document: TLSReportDocument, to record: TLSRPTRecord) throws(StateFileError) -> Prepared {
        let stem = Self.stem(document)
        try StateFiles.write(document.report.octets, to: hidden(stem, Self.reportEnd))
        let text = Self.destinations(document, record).indentedText + "\n"
        try StateFiles.write(Array(text.utf8), to: hidden(stem, Self.destinationsEnd))
        return Prepared(domain: document.domain, stem: stem)
    }

    /// Gives a report its names.
    func publish(_ prepared: Prepared) throws(StateFileError) {
        for end in [Self.reportEnd, Self.destinationsEnd] where StateFiles.size(of: hidden(prepared.stem, end)) != nil {
            try StateFiles.move(hidden(prepared.stem, end), to: "\(folder)/\(prepared.stem)\(end)")
        }
    }

    /// Ends what an earlier run was stopped in: reports of domains that are done get their names, others go, for they
    /// are made again.
    func recover(isDone: (TLSReportDay, DomainName) -> Bool) throws(StateFileError) {
        for name in StateFiles.names(in: folder, hidden: true) where name.hasPrefix(".") && name.hasSuffix(".new") {
            guard name.hasSuffix(Self.destinationsEnd + ".new") else { continue }
            let stem = String(name.dropFirst().dropLast(Self.destinationsEnd.count + 4))
            let content = try StateFiles.content(of: "\(folder)/\(name)", octetsMax: 1 << 20) ?? []
            guard let value = try? JSONValue(parsing: content), let begin = value["begin"]?.integerValue,
                let domain = value["domain"]?.stringValue.flatMap({ try? DomainName(presentation: $0) }),
                isDone(TLSReportDay(containing: UnixTime(seconds: begin)), domain)
            else { continue }
            try publish(Prepared(domain: domain, stem: stem))
        }
        for name in StateFiles.names(in: folder, hidden: true) where name.hasPrefix(".") && name.hasSuffix(".new") {
            StateFiles.remove("\(folder)/\(name)")
        }
    }

    /// The reports that wait, the oldest first.
    var entries: [Entry] {
        StateFiles.names(in: folder).compactMap { name in
            guard name.hasSuffix(Self.destinationsEnd), let day = TLSReportDay(text: String(name.prefix(10))) else {
                return nil
            }
            let stem = String(name.dropLast(Self.destinationsEnd.count))
            let octets = [Self.reportEnd, Self.destinationsEnd].reduce(0) {
                $0 + (StateFiles.size(of: "\(folder)/\(stem)\($1)") ?? 0)
            }
            return Entry(day: day, stem: stem, octets: octets)
        }
    }

    /// Takes a report away that nobody has sent.
    func remove(_ entry: Entry) {
        StateFiles.remove("\(folder)/\(entry.stem)\(Self.destinationsEnd)")
        StateFiles.remove("\(folder)/\(entry.stem)\(Self.reportEnd)")
    }

    private func hidden(_ stem: String, _ end: String) -> String { "\(folder)/.\(stem)\(end).new" }
}
