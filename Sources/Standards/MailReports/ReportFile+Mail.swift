internal import MailBytes
internal import MailFormat

extension ReportFile {
    /// Limits of a mail with reports: those in use have less than ten parts.
    private static let mimeLimits = MIMELimits(depth: 20, parts: 500, fieldsPerPart: 500)

    /// Reads a mail; in another file each mail of an mbox.
    mutating func readMails(_ octets: [UInt8], _ place: ReportPlace) {
        let mails = place.nesting > 1 ? Mbox.messages(in: octets) : [octets[...]]
        guard mails.count > 1 else {
            readMail(MailMessage(parsing: octets), place)
            return
        }
        let start = findings.count
        var letter: ReportPlace?
        for (index, mail) in mails.enumerated() where !isFull {
            guard boxedMailsLeft > 0 else {
                refuse(.tooMany, place)
                return
            }
            boxedMailsLeft -= 1
            var inner = place
            // Beside others, a mail need not be a report.
            inner.isWhole = false
            inner.path.append("mail \(index + 1)")
            let before = findings.count
            readMail(MailMessage(parsing: Array(mail)), inner)
            if findings.count == before, letter == nil { letter = inner }
        }
        if findings.count == start {
            if place.isExpected { refuse(.noReport, place) }
        } else if let letter {
            // Said once: whoever takes files away that are stored must leave this one.
            refuse(.noReport, letter)
        }
    }

    /// Reads all parts of a mail. A mail within it is looked into as well, unless it is what a feedback report is
    /// about.
    mutating func readMail(_ message: MailMessage, _ outer: ReportPlace) {
        var place = outer
        // What is signed within a mail has no sender of its own, whatever it says: that of the mail around it is known.
        if place.mailHeader == nil || !place.isSigned { place.mailHeader = message.header }
        let tree = MIMETree(parsing: message, limits: Self.mimeLimits)
        let before = findings.count
        // Parts that are in a report, or in something that was read already.
        var done = Set<Int>()
        for (index, part) in tree.parts.enumerated() {
            if let parent = part.parent, done.contains(parent) {
                done.insert(index)
                continue
            }
            guard !isFull else { return }
            guard !done.contains(index) else { continue }
            if isFeedback(tree, part) {
                let members = Self.members(of: index, in: tree)
                done.formUnion(members)
                readFeedback(tree, index, members, place)
            } else if part.contentType.isMessage, part.children.isEmpty {
                var inner = self.place(of: index, in: tree, place)
                inner.quirks.insert(.encodedMessage)
                guard let encoded = tree.message(in: part) else { continue }
                read(encoded.bytes, inner)
            } else if part.children.isEmpty, !isPlainText(tree, part) {
                readPart(tree, index, place)
            }
        }
        if findings.count == before, place.isWhole { refuse(.noReport, place) }
    }

    /// Whether a part is the text around reports, which is not looked at: it is called text and does not look like
    /// more.
    private func isPlainText(_ tree: MIMETree, _ part: MIMEPart) -> Bool {
        let isText =
            part.contentType.type == "text" && ["plain", "html", "rfc822-headers"].contains(part.contentType.subtype)
        guard isText, part.fileName == nil, part.transferEncoding == .identity else { return false }
        let start = Array(tree.bytes[part.body.clamped(to: 0..<tree.bytes.count)].prefix(4096))
        return [.unknown, .mail, .feedback].contains(ReportOctets(start))
    }

    private func place(of index: Int, in tree: MIMETree, _ outer: ReportPlace) -> ReportPlace {
        let part = tree.parts[index]
        var place = outer
        place.isWhole = false
        let isSaid = part.header.first(named: "Content-Type") != nil
        place.label = ReportLabel(
            fileName: part.fileName, mediaType: isSaid ? part.contentType.mediaType : nil,
            charset: part.contentType.parameter("charset")?.value)
        place.path.append(part.fileName ?? "part \(index + 1)")
        return place
    }

    private mutating func readPart(_ tree: MIMETree, _ index: Int, _ outer: ReportPlace) {
        var place = place(of: index, in: tree, outer)
        let (octets, isWellFormed) = tree.decodedBody(of: tree.parts[index])
        guard !octets.isEmpty else { return }
        if !isWellFormed { place.quirks.insert(.badTransferEncoding) }
        read(octets, place)
    }

    // MARK: - Feedback reports

    /// How far white space in front of the fields of a feedback report is passed over.
    private static let feedbackStartMax = 512

    /// Whether a part has the fields of a feedback report, whatever it is called.
    private func isFeedback(_ tree: MIMETree, _ part: MIMEPart) -> Bool {
        guard part.children.isEmpty, !part.contentType.isMultipart else { return false }
        if part.contentType.mediaType == Self.feedbackType { return true }
        guard let parent = part.parent, tree.parts[parent].contentType.isMultipart else { return false }
        // A letter only looks like one, but beside what it could be about.
        guard
            part.contentType.mediaType != "text/plain"
                || tree.parts[parent].contentType.mediaType == "multipart/report"
                || tree.parts[parent].children.contains(where: { Self.isOriginal(tree.parts[$0].contentType) })
        else { return false }
        let body = tree.bytes[part.body.clamped(to: 0..<tree.bytes.count)].prefix(Self.feedbackStartMax)
        let octets = part.transferEncoding.decode(body).octets
        let start = octets.dropFirst(FeedbackText.start(of: octets))
        return start.prefix(14).map(\.asciiLowercased).elementsEqual("feedback-type:".utf8)
    }

    /// The parts that belong to the fields of a feedback report: all beside it, where all is one report (RFC 5965 §2).
    /// Else the texts in front of it and the message behind it, up to the next such fields.
    private static func members(of index: Int, in tree: MIMETree) -> [Int] {
        guard let parent = tree.parts[index].parent else { return [index] }
        let all = tree.parts[parent].children
        guard tree.parts[parent].contentType.mediaType != "multipart/report", let own = all.firstIndex(of: index) else {
            return all
        }
        func isFields(_ part: Int) -> Bool { tree.parts[part].contentType.mediaType == feedbackType }
        let before = all[..<own].reversed().prefix { tree.parts[$0].contentType.mediaType == "text/plain" }
        let behind = all[(own + 1)...].prefix { !isFields($0) }
        let original = behind.first { isOriginal(tree.parts[$0].contentType) }
        return before.reversed() + [index] + (original.map { [$0] } ?? [])
    }

    private static let feedbackType = "message/feedback-report"

    /// Whether a part is the message that a report is about, or its header.
    private static func isOriginal(_ type: ContentType) -> Bool {
        [
            "message/rfc822", "message/global", "message/rfc822-headers", "message/global-headers",
            "text/rfc822-headers",
        ].contains(type.mediaType)
    }

    private mutating func readFeedback(
        _ tree: MIMETree, _ index: Int, _ members: [Int], _ outer: ReportPlace
    ) {
        let part = tree.parts[index]
        var place = outer
        if let name = part.fileName { place.path.append(name) }
        let (octets, isWellFormed) = tree.decodedBody(of: part)
        if !isWellFormed { place.quirks.insert(.badTransferEncoding) }
        var report: FeedbackReport
        do {
            report = try FeedbackReport(parsing: octets)
        } catch {
            add(.failure(.failure(error)), place)
            return
        }
        if part.transferEncoding != .identity { report.bear(.encodedFields) }
        if part.contentType.mediaType != Self.feedbackType { report.bear(.wrongMediaType) }
        let container = part.parent.map { tree.parts[$0].contentType }
        let type = container?.parameter("report-type")?.value.lowercased()
        if container?.mediaType != "multipart/report" || type != "feedback-report" { report.bear(.wrongMultipart) }
        for member in members where member != index { addPart(tree, member, to: &report) }
        if report.original == nil { report.bear(.originalMissing) }
        if report.hidesSignature { report.bear(.signatureFieldMissing) }
        report.sender = place.mailHeader.map { FeedbackSender($0) }
        add(.success(.failure(report)), place)
    }

    /// RFC 5965 §2: a part for people, the fields, and the message or its header.
    private func addPart(_ tree: MIMETree, _ index: Int, to report: inout FeedbackReport) {
        let part = tree.parts[index]
        if Self.isOriginal(part.contentType) {
            guard report.original == nil else { return }
            report.original = FeedbackOriginal(
                isHeaderOnly: part.contentType.subtype.hasSuffix("headers"),
                octets: tree.decodedBody(of: part).octets)
        } else if part.contentType.mediaType == "text/plain", report.text == nil, report.original == nil {
            report.text = tree.text(of: part)
        }
    }
}

extension FeedbackSender {
    init(_ header: HeaderSection) {
        let mailbox = header.first(named: "From").flatMap { AddressList($0, in: header).mailboxes.first }
        self.init(
            address: mailbox.flatMap { $0.hasAddress ? $0.addrSpec : nil }, name: mailbox?.displayName,
            domain: mailbox?.domain,
            messageID: header.first(named: "Message-ID").flatMap {
                MessageIdentifier.list(parsing: header.value(of: $0)).first?.text
            },
            date: header.first(named: "Date").flatMap { MailDate(parsing: header.value(of: $0))?.unixTime })
    }
}
