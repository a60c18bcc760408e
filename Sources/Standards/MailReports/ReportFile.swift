internal import MailBytes
internal import MailFormat

/// What a file, a mail or the body of a request holds of reports: DMARC aggregate and failure reports, TLS reports;
/// as XML, JSON or feedback fields; packed by gzip, zip or zlib; in a mail, in a mail within a mail, or in the mails of
/// an mbox that is packed or sent. An mbox by itself is for ``Mbox`` to take apart: it can be of any length.
///
/// What things are is seen by their octets. Each report is read by itself: one that is refused does not keep the
/// others from being read. Nothing takes more memory than ``MailReportLimits`` allow.
public struct ReportFile: Sendable {
    /// The reports and refusals, in their order. There is at least one: where there is no report, it says so.
    public private(set) var findings: [ReportFinding] = []
    private var budget = UnpackingBudget()
    var itemsLeft = MailReportLimits.itemsMax
    var boxedMailsLeft = MailReportLimits.boxedMailsMax

    /// Reads a file.
    ///
    /// - Parameter name: the name of the file, if it has one: it only tells a wrong name.
    public init(reading octets: [UInt8], name: String? = nil) {
        var place = ReportPlace()
        place.label.fileName = name
        place.isWhole = true
        read(octets, place)
        if findings.isEmpty { add(.failure(.container(ReportContainerError(.noReport))), place) }
    }

    /// Whether octets are a mail, and no report by themselves.
    public static func isMail(_ octets: [UInt8]) -> Bool { ReportOctets(octets) == .mail }

    // MARK: - Findings

    mutating func add(_ outcome: Result<MailReport, MailReportError>, _ place: ReportPlace) {
        guard findings.count < MailReportLimits.findingsMax else { return }
        let isLast = findings.count == MailReportLimits.findingsMax - 1
        findings.append(
            ReportFinding(
                path: place.path,
                outcome: isLast ? .failure(.container(ReportContainerError(.tooMany))) : outcome,
                containerQuirks: ReportContainerQuirk.allCases.filter(place.quirks.contains)))
    }

    mutating func refuse(_ problem: ReportContainerError.Problem, _ place: ReportPlace) {
        add(.failure(.container(ReportContainerError(problem))), place)
    }

    var isFull: Bool { findings.count >= MailReportLimits.findingsMax }

    // MARK: - Octets

    /// Reads octets of whatever kind.
    mutating func read(_ octets: [UInt8], _ outer: ReportPlace) {
        guard !isFull else { return }
        guard outer.nesting <= MailReportLimits.nestingMax else {
            refuse(.tooNested, outer)
            return
        }
        var place = outer
        let kind = ReportOctets(octets)
        if place.label.differs(from: kind) { place.quirks.insert(.mislabelled) }
        switch kind {
        case .gzip, .zlib: unpack(octets, kind, place)
        case .zip: unzip(octets, place)
        case .base64:
            place.quirks.insert(.bareBase64)
            place.nesting += 1
            place.label = ReportLabel()
            read(TransferEncoding.base64.decode(octets[...]).octets, place)
        case .uuencode:
            guard let file = ReportOctets.uuencoded(octets) else { return }
            let (decoded, isWellFormed) = TransferEncoding.uuencode.decode(file.octets)
            // In a letter such a line can be part of the text.
            guard place.isExpected || ReportOctets(decoded) != .unknown else { return }
            place.quirks.insert(.bareUuencode)
            if !isWellFormed { place.quirks.insert(.badTransferEncoding) }
            place.nesting += 1
            place.label = ReportLabel(fileName: file.name)
            place.path.append(file.name)
            read(decoded, place)
        case .signed:
            place.nesting += 1
            place.label = ReportLabel()
            place.isSigned = true
            if let content = SignedContent.content(of: octets) { read(content, place) }
        case .mail:
            let text = ReportOctets.withoutMark(octets)
            if text.count < octets.count { place.quirks.insert(.byteOrderMark) }
            place.nesting += 1
            readMails(text.count < octets.count ? Array(text) : octets, place)
        case .feedback:
            do {
                add(.success(.failure(try FeedbackReport(parsing: octets))), place)
            } catch {
                add(.failure(.failure(error)), place)
            }
        case .xml, .json:
            guard place.isExpected || ReportOctets.looksLikeReport(octets) else { return }
            if kind == .xml { readAggregates(octets, place) } else { readTLSReports(octets, place) }
        case .unknown: if place.isExpected { refuse(.notReport, place) }
        }
    }

    /// Reads a report, and those that are behind it in the same text.
    private mutating func readAggregates(_ octets: [UInt8], _ place: ReportPlace) {
        guard hasItems(place) else { return }
        var reader: DMARCAggregateReader
        do {
            reader = try DMARCAggregateReader(octets, charset: place.label.charset, followsForms: true)
        } catch {
            add(.failure(.aggregate(error)), octets.count, place)
            return
        }
        repeat {
            guard hasItems(place) else { return }
            do {
                if let report = try reader.report() { add(.success(.aggregate(report)), reader.octetsRead, place) }
            } catch {
                add(.failure(.aggregate(error)), reader.octetsRead, place)
                return
            }
        } while !isFull && reader.goOn()
    }

    /// Whether more may be read; it is said if not.
    mutating func hasItems(_ place: ReportPlace) -> Bool {
        if itemsLeft <= 0 { refuse(.tooMany, place) }
        return itemsLeft > 0
    }

    /// Adds what came of so many octets, and counts it.
    mutating func add(_ outcome: Result<MailReport, MailReportError>, _ octets: Int, _ place: ReportPlace) {
        switch outcome {
        case .success(let report): itemsLeft -= max(report.itemCount, octets / MailReportLimits.readBytesPerItem)
        case .failure: itemsLeft -= octets / MailReportLimits.refusedBytesPerItem
        }
        add(outcome, place)
    }

    // MARK: - Packed octets

    private mutating func unpack(_ octets: [UInt8], _ kind: ReportOctets, _ outer: ReportPlace) {
        var place = outer
        let unpacked: Unpacked
        do {
            unpacked =
                kind == .gzip
                ? try Inflation.gzip(octets[...], &budget) : try Inflation.one(octets[...], .zlib, &budget)
        } catch {
            // What begins like zlib may be a text.
            if kind == .gzip || place.isExpected { refuse(error.problem, place) }
            return
        }
        if unpacked.used < octets.count { place.quirks.insert(.trailingOctets) }
        if kind == .zlib { place.quirks.insert(.bareZlib) }
        place.enterPacking(inner: place.label.fileName.map(Self.unpackedName))
        read(unpacked.octets, place)
    }

    /// `a.xml.gz` without its ending.
    private static func unpackedName(_ name: String) -> String {
        for ending in [".gz", ".gzip", ".zip", ".z"] where name.lowercased().hasSuffix(ending) {
            return String(name.dropLast(ending.count))
        }
        return name
    }

    private mutating func unzip(_ octets: [UInt8], _ outer: ReportPlace) {
        var place = outer
        let zip: ZipFile
        do {
            zip = try ZipFile(octets)
        } catch {
            refuse(error.problem, place)
            return
        }
        place.quirks.formUnion(zip.quirks)
        let entries = zip.entries.filter { !$0.isBeside }
        let before = findings.count
        for entry in entries {
            guard !isFull else { return }
            var inner = place
            let name = String(lossy: entry.fileName)
            inner.enterPacking(inner: name)
            inner.path.append(name)
            // Beside others, a text that is not called a report is a text.
            if entries.count > 1, inner.label.octets == nil { inner.isWhole = false }
            do {
                read(try zip.unpack(entry, &budget), inner)
            } catch {
                refuse(error.problem, inner)
                // Nothing more comes out.
                if error.problem == .tooLarge, budget.octetsLeft == 0 { return }
            }
        }
        if findings.count == before, place.isExpected { refuse(.noReport, place) }
    }
}

/// Where reading is, and what was met with on the way.
struct ReportPlace {
    var path: [String] = []
    var quirks: Set<ReportContainerQuirk> = []
    var label = ReportLabel()
    /// The header of the mail that this is in: it says who sent it.
    var mailHeader: HeaderSection?
    /// Whether it is within what somebody signed, whose signature nobody looks at.
    var isSigned = false
    /// Packings and mails that this is in.
    var nesting = 0
    /// Packings alone.
    private var packings = 0
    /// Whether this is all there is: it has to be a report, whatever it is called.
    var isWhole = false

    /// Whether something that is no report is to be told.
    var isExpected: Bool { isWhole || label.octets != nil }

    /// Goes into a gzip or zip file.
    mutating func enterPacking(inner name: String?) {
        // What is called a report stays one.
        if label.octets != nil { isWhole = true }
        nesting += 1
        packings += 1
        if packings > 1 { quirks.insert(.packedTwice) }
        label = ReportLabel(fileName: name)
    }
}
