internal import MailBytes

extension MilterSession {
    /// Adds a header field to the message.
    mutating func handleField(_ data: ArraySlice<UInt8>) throws(MilterProtocolError) {
        guard let (name, value) = MilterCommand.field(data) else {
            throw MilterProtocolError(.malformed(MilterCode.header))
        }
        if phase == .idle { beginMessage() }
        phase = .header
        guard Self.isName(name) else { throw MilterProtocolError(.badField) }
        message.header.append(contentsOf: name)
        message.header.append(UInt8(ascii: ":"))
        if !steps.contains(.leadingSpace) { message.header.append(.space) }
        try appendValue(value)
        message.header.append(contentsOf: [.carriageReturn, .lineFeed])
        // The empty line will be two more.
        guard message.header.count + 2 <= preferences.limits.headerOctets else {
            throw MilterProtocolError(.limit(.header))
        }
        if !steps.contains(.noReplyToHeader) { events.append(.send(MilterReply.continue.wire)) }
    }

    /// Whatever a client may have written for a name, but for what would make it another field.
    private static func isName(_ name: ArraySlice<UInt8>) -> Bool {
        !name.isEmpty && name.allSatisfy { $0 != UInt8(ascii: ":") && $0 != .lineFeed && $0 != .carriageReturn }
    }

    /// Appends a field's value with CRLF between its lines. The octets are those of the packet, but for that.
    ///
    /// A line break that is no fold would show the driver another field, or another end of the header, than the mail
    /// server has: it never sends one.
    private mutating func appendValue(_ value: ArraySlice<UInt8>) throws(MilterProtocolError) {
        var rest = value
        while let end = rest.firstIndex(of: .lineFeed) {
            let next = end + 1
            guard next < rest.endIndex, rest[next].isWSP else { throw MilterProtocolError(.badField) }
            let line = rest[..<end]
            message.header.append(contentsOf: line)
            if line.last != .carriageReturn { message.header.append(.carriageReturn) }
            message.header.append(.lineFeed)
            rest = rest[next...]
        }
        message.header.append(contentsOf: rest)
    }

    /// The header is complete: the message goes to the driver.
    mutating func startMessage(isReported: Bool) {
        if phase == .idle { beginMessage() }
        phase = .body
        message.number += 1
        message.macros = macros
        message.actions = negotiated?.actions ?? []
        message.header.append(contentsOf: [.carriageReturn, .lineFeed])
        events.append(.messageStarted(message))
        // The driver has it now.
        message.header = []
        if isReported, !steps.contains(.noReplyToEndOfHeader) { owed = .header }
    }

    mutating func handleBody(_ piece: ArraySlice<UInt8>) {
        if phase != .body { startMessage(isReported: false) }
        events.append(.body(piece))
        if !steps.contains(.noReplyToBody) { owed = .body }
    }

    mutating func handleEnd(_ piece: ArraySlice<UInt8>) {
        if phase != .body { startMessage(isReported: false) }
        if !piece.isEmpty { events.append(.body(piece)) }
        events.append(.messageEnded)
        phase = .deciding
        owed = .end
    }
}
