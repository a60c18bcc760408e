internal import MailBytes

extension MilterChange {
    /// libmilter's `MILTER_CHUNK_SIZE`: octets of a body in one packet.
    static let bodyPieceOctets = 65_535

    /// The replies that ask for this; empty where it is malformed.
    func replies(_ negotiated: MilterNegotiation) -> [MilterReply] {
        let leadingSpace = negotiated.steps.contains(.leadingSpace)
        switch self {
        case .addHeader(let name, let value):
            guard let value = Self.value(name, value, leadingSpace) else { return [] }
            return [.addHeader(name: name, value: value)]
        case .insertHeader(let index, let name, let value):
            guard let value = Self.value(name, value, leadingSpace), let index = Self.number(index) else { return [] }
            return [.insertHeader(index: index, name: name, value: value)]
        case .changeHeader(let name, let occurrence, let value):
            guard let value = Self.value(name, value, leadingSpace), let index = Self.number(occurrence), index > 0
            else { return [] }
            // No value at all would remove the field.
            return [.changeHeader(index: index, name: name, value: value.isEmpty ? [.space] : value)]
        case .deleteHeader(let name, let occurrence):
            guard Self.isName(name), let index = Self.number(occurrence), index > 0 else { return [] }
            return [.changeHeader(index: index, name: name, value: [])]
        case .replaceBody(let octets):
            guard octets.count > Self.bodyPieceOctets else { return [.replaceBody(octets)] }
            return stride(from: 0, to: octets.count, by: Self.bodyPieceOctets).map { start in
                .replaceBody(Array(octets[start...].prefix(Self.bodyPieceOctets)))
            }
        case .addRecipient(let path):
            guard path.isWritable else { return [] }
            let withParameters = !path.arguments.isEmpty || !negotiated.actions.contains(.addRecipient)
            return [.addRecipient(path.wireAddress, parameters: withParameters ? path.parameters : nil)]
        case .deleteRecipient(let path):
            return path.isWritable ? [.deleteRecipient(path.wireAddress)] : []
        case .changeSender(let path):
            guard path.isWritable else { return [] }
            return [.changeSender(path.wireAddress, parameters: path.arguments.isEmpty ? nil : path.parameters)]
        case .quarantine(let reason):
            return reason.allSatisfy { !$0.isControl } ? [.quarantine(reason)] : []
        }
    }

    /// Whether this may be asked for.
    func isNegotiated(_ negotiated: MilterNegotiation) -> Bool {
        if case .addRecipient = self, negotiated.actions.contains(.addRecipientWithParameters) { return true }
        return negotiated.actions.contains(action)
    }

    /// The rank in which it is sent.
    ///
    /// What goes by number in the message as it came goes first, and from the end: where the mail server really takes
    /// a field out, as Postfix does, those behind it move up. Postfix takes no other change between pieces of a body,
    /// and before 2.4 it read nothing behind a quarantine.
    var rank: (kind: Int, index: Int) {
        switch self {
        case .changeHeader(_, let occurrence, _), .deleteHeader(_, let occurrence): (0, 0 &- occurrence)
        case .insertHeader, .addHeader: (1, 0)
        case .addRecipient, .deleteRecipient, .changeSender: (2, 0)
        case .replaceBody: (3, 0)
        case .quarantine: (4, 0)
        }
    }

    private static func number(_ number: Int) -> UInt32? {
        // Postfix and Sendmail take the number for one with a sign.
        Int32(exactly: number).flatMap { UInt32(exactly: $0) }
    }

    /// RFC 5322 §3.6.8.
    private static func isName(_ name: [UInt8]) -> Bool {
        !name.isEmpty && name.allSatisfy(\.isFieldNameCharacter)
    }

    /// The value as it goes over the wire: LF between its lines; nil where it would not be one field.
    private static func value(_ name: [UInt8], _ value: [UInt8], _ leadingSpace: Bool) -> [UInt8]? {
        guard isName(name) else { return nil }
        var output: [UInt8] = []
        output.reserveCapacity(value.count)
        var cursor = ByteCursor(value)
        if !leadingSpace { _ = cursor.skip(.space) }
        while let byte = cursor.next() {
            switch byte {
            case 0: return nil
            case .carriageReturn where cursor.peek != .lineFeed: return nil
            case .carriageReturn: continue
            case .lineFeed:
                // Anything but a fold would begin another field, or the body.
                guard let next = cursor.peek, next.isWSP else { return nil }
                output.append(byte)
            default: output.append(byte)
            }
        }
        return output
    }
}

extension MilterPath {
    /// The arguments as one string.
    fileprivate var parameters: [UInt8] { Array(arguments.joined(separator: [.space])) }

    /// Whether address and arguments can stand in a command of SMTP.
    fileprivate var isWritable: Bool {
        address.allSatisfy { !$0.isControl } && arguments.allSatisfy { $0.allSatisfy { !$0.isControl } }
    }
}
