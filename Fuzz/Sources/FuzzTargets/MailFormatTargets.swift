import MailFormat

/// A message: its ranges follow one another and leave nothing out; line ends change nothing about its fields; the
/// authors can be read, and so can the text of every field.
let fuzzMessage: PlainBody = { bytes in
    let message = MailMessage(parsing: bytes)
    let header = message.header
    var end = header.fields.first?.whole.lowerBound ?? message.body.lowerBound
    for field in header.fields {
        precondition(field.whole.lowerBound == end, "a gap between fields")
        precondition(
            field.name.lowerBound == end && field.name.upperBound < field.value.lowerBound, "a name out of place")
        precondition(field.value.upperBound <= field.whole.upperBound, "a value out of place")
        end = field.whole.upperBound
        _ = header.decodedText(field)
    }
    precondition(end <= message.body.lowerBound && message.body.upperBound == bytes.count, "a body out of place")
    precondition(message.body.lowerBound - end <= 2, "text between header and body")

    let authors = AuthorField.read(message)
    precondition(authors.ambiguities == authors.ambiguities.sorted(), "ambiguities out of order")
    precondition(authors.fieldCount == header.fields(named: "from").count, "fields counted in two ways")

    let network = MailMessage.withNetworkLineEndings(bytes)
    precondition(MailMessage.withNetworkLineEndings(network) == network, "line ends that change twice")
    let again = MailMessage(parsing: network)
    precondition(again.header.fields.count == header.fields.count, "fields that depend on the line ends")
    // Names may keep a line break that stands in a broken encoded word; the addresses never depend on it.
    let read = AuthorField.read(again).mailboxes
    precondition(read.map(\.localPart) == authors.mailboxes.map(\.localPart), "local parts that depend on line ends")
    precondition(read.map(\.domain) == authors.mailboxes.map(\.domain), "domains that depend on the line ends")
    checkCollector(network, again)
}

/// A header that comes in pieces is the one that stands in the whole.
private func checkCollector(_ octets: [UInt8], _ whole: MailMessage) {
    var collector = HeaderCollector(octetsMax: octets.count)
    var (index, piece) = (0, 1)
    while index < octets.count {
        let end = min(index + piece, octets.count)
        switch collector.add(Array(octets[index..<end])) {
        case .incomplete: break
        case .complete(let message, let rest):
            precondition(message.body.lowerBound == whole.body.lowerBound, "another header")
            precondition(message.bodyBytes.count + rest.count + octets.count - end == whole.body.count, "another body")
            return
        case .tooLarge: preconditionFailure("too large within the limit")
        }
        (index, piece) = (end, piece % 7 + 1)
    }
    precondition(collector.finish().body == whole.body, "another end")
}

/// An address list: every address that was found is found again in the form in which it is printed.
let fuzzAddressList: PlainBody = { bytes in
    let list = AddressList(parsing: bytes)
    for mailbox in list.mailboxes where mailbox.domain != nil && !mailbox.localPart.contains(where: { $0 < 0x20 }) {
        let again = AddressList(parsing: mailbox.addrSpecBytes)
        precondition(again.mailboxes.count == 1, "an address that is printed as several")
        precondition(again.mailboxes.first?.localPart == mailbox.localPart, "another local part")
        precondition(again.mailboxes.first?.domain == mailbox.domain, "another domain")
    }
    if !bytes.contains(where: { $0 < 0x20 }), bytes.contains(where: { $0 != 0x20 }) {
        // A field on one line may be read in a short way; on two lines never.
        let plain = MailMessage(parsing: Array("From: ".utf8) + bytes + Array("\r\n\r\n".utf8))
        let folded = MailMessage(parsing: Array("From:\r\n ".utf8) + bytes + Array("\r\n\r\n".utf8))
        precondition(AuthorField.read(plain) == AuthorField.read(folded), "authors that depend on a fold")
    }
    _ = MessageIdentifier.list(parsing: bytes[...])
    _ = ReceivedField(parsing: bytes[...])
}

/// The parts of a message: each within its parent and behind its sibling; every body can be decoded.
let fuzzMIME: PlainBody = { bytes in
    let tree = MIMETree(parsing: MailMessage(parsing: bytes), limits: MIMELimits(depth: 20, parts: 200))
    precondition(!tree.parts.isEmpty && tree.parts.count <= 200, "no parts, or too many")
    for (index, part) in tree.parts.enumerated() {
        precondition(
            part.whole.upperBound <= bytes.count && part.body.upperBound == part.whole.upperBound, "out of place")
        precondition(part.body.lowerBound >= part.whole.lowerBound && part.depth <= 20, "a body out of place")
        var end = part.body.lowerBound
        for child in part.children {
            precondition(child > index && tree.parts[child].parent == index, "a child of another part")
            precondition(tree.parts[child].whole.lowerBound >= end, "a part within its sibling")
            end = tree.parts[child].whole.upperBound
        }
        precondition(end <= part.whole.upperBound, "a part beyond its parent")
        _ = tree.decodedBody(of: part)
        _ = tree.text(of: part)
        _ = (part.fileName, part.isAttachment, tree.message(in: part)?.defects)
    }
}

/// Types and dispositions: names of parameters are in lower case, and there is one of each.
let fuzzContentType: PlainBody = { bytes in
    var parameters = ContentDisposition(parsing: bytes[...])?.parameters ?? []
    precondition(Set(parameters.map(\.name)).count == parameters.count, "a parameter twice")
    if let type = ContentType(parsing: bytes[...]) {
        precondition(!type.type.isEmpty, "a type without a name")
        precondition(type.boundary?.isEmpty != true, "an empty boundary")
        parameters = type.parameters
    }
    precondition(Set(parameters.map(\.name)).count == parameters.count, "a parameter twice")
}

/// A date: what is read can be written and read again, and is the same.
let fuzzDate: PlainBody = { bytes in
    guard let date = MailDate(parsing: bytes[...]) else { return }
    precondition(MailDate(date.text) == date, "the round trip changed the date")
    precondition(date.unixTime != nil, "a date that is no moment")
}

/// An mbox: the messages are the file but for the lines in front of them, and what is none is one message.
let fuzzMbox: PlainBody = { bytes in
    let messages = Mbox.messages(in: bytes)
    precondition(!messages.isEmpty, "no message")
    precondition(Mbox.begins(bytes) || messages == [bytes[...]], "a file that is no mbox is changed")
    var end = 0
    for message in messages {
        precondition(message.startIndex >= end, "a message within another one")
        var between = bytes[end..<message.startIndex]
        if end == 0 { between = between.drop { $0 == 0x0A || $0 == 0x0D } }
        for line in between.split(separator: 0x0A) {
            precondition(line.starts(with: "From ".utf8), "octets of a message are left out")
        }
        end = message.endIndex
    }
    precondition(end == bytes.count || bytes[end...].starts(with: "From ".utf8), "the end is left out")
}
