internal import MailBytes

/// What a filter sends.
public enum MilterReply: Hashable, Sendable {
    /// `O`: what the filter takes of the offer.
    case negotiate(MilterNegotiation)
    /// `c`
    case `continue`
    /// `a`
    case accept
    /// `r`
    case reject
    /// `t`
    case tempfail
    /// `d`
    case discard
    /// `y`: a refusal in the filter's words, `550 5.7.1 text`, `%` doubled; see ``MilterReplyText``.
    case replyCode([UInt8])
    /// `s`: leave out the rest of the body.
    case skip
    /// `p`: the filter is still at work.
    case progress
    /// `4`: refuse with 421 and close the SMTP connection.
    case shutdown
    /// `f`: fail the connection.
    case connectionFailure
    /// `l`: macros that are wanted, outside of the negotiation; libmilter has the letter, and no one sends it.
    case macroList(MilterMacroList)
    /// `h`: a field at the end of the header.
    case addHeader(name: [UInt8], value: [UInt8])
    /// `i`: a field so many fields behind the top.
    case insertHeader(index: UInt32, name: [UInt8], value: [UInt8])
    /// `m`: another value for the field that is the so many-th of its name, from 1; none removes it.
    case changeHeader(index: UInt32, name: [UInt8], value: [UInt8])
    /// `b`: a piece of the body that takes the old one's place.
    case replaceBody([UInt8])
    /// `+`, or `2` where there are parameters; the address in its form on the wire, in angle brackets.
    case addRecipient([UInt8], parameters: [UInt8]?)
    /// `-`: as the recipient came.
    case deleteRecipient([UInt8])
    /// `e`
    case changeSender([UInt8], parameters: [UInt8]?)
    /// `q`: hold the message, and why.
    case quarantine([UInt8])

    /// The letter it has on the wire.
    public var code: UInt8 {
        switch self {
        case .negotiate: MilterCode.negotiate
        case .continue: MilterCode.continue
        case .accept: MilterCode.accept
        case .reject: MilterCode.reject
        case .tempfail: MilterCode.tempfail
        case .discard: MilterCode.discard
        case .replyCode: MilterCode.replyCode
        case .skip: MilterCode.skip
        case .progress: MilterCode.progress
        case .shutdown: MilterCode.shutdown
        case .connectionFailure: MilterCode.connectionFailure
        case .macroList: MilterCode.macroList
        case .addHeader: MilterCode.addHeader
        case .insertHeader: MilterCode.insertHeader
        case .changeHeader: MilterCode.changeHeader
        case .replaceBody: MilterCode.replaceBody
        case .addRecipient(_, nil): MilterCode.addRecipient
        case .addRecipient: MilterCode.addRecipientWithParameters
        case .deleteRecipient: MilterCode.deleteRecipient
        case .changeSender: MilterCode.changeSender
        case .quarantine: MilterCode.quarantine
        }
    }
}

extension MilterReply {
    /// Reads a packet behind its length, as ``MilterPacketReader`` gives it.
    ///
    /// - Throws: if it is no reply, or not of its reply's form.
    public init(packet: ArraySlice<UInt8>) throws(MilterProtocolError) {
        guard let code = packet.first else { throw MilterProtocolError(.emptyPacket) }
        let data = packet.dropFirst()
        if let plain = Self.plain(code) {
            // As Postfix, which closes the connection where such a reply has data.
            guard data.isEmpty else { throw MilterProtocolError(.malformed(code)) }
            self = plain
        } else {
            guard let reply = try Self.read(code, data) else { throw MilterProtocolError(.malformed(code)) }
            self = reply
        }
    }

    /// The replies that have no data.
    private static func plain(_ code: UInt8) -> MilterReply? {
        switch code {
        case MilterCode.continue: .continue
        case MilterCode.accept: .accept
        case MilterCode.reject: .reject
        case MilterCode.tempfail: .tempfail
        case MilterCode.discard: .discard
        case MilterCode.skip: .skip
        case MilterCode.progress: .progress
        case MilterCode.shutdown: .shutdown
        case MilterCode.connectionFailure: .connectionFailure
        default: nil
        }
    }

    private static func read(_ code: UInt8, _ data: ArraySlice<UInt8>) throws(MilterProtocolError) -> MilterReply? {
        var reader = MilterDataReader(data)
        switch code {
        case MilterCode.negotiate: return MilterNegotiation(data: data).map { .negotiate($0) }
        case MilterCode.replaceBody: return .replaceBody(Array(data))
        case MilterCode.addHeader:
            return MilterCommand.field(data).map { .addHeader(name: Array($0.name), value: Array($0.value)) }
        case MilterCode.insertHeader, MilterCode.changeHeader:
            guard let index = reader.number32(), let field = MilterCommand.field(reader.rest()) else { return nil }
            let (name, value) = (Array(field.name), Array(field.value))
            return code == MilterCode.insertHeader
                ? .insertHeader(index: index, name: name, value: value)
                : .changeHeader(index: index, name: name, value: value)
        case MilterCode.macroList:
            guard let number = reader.number32(), let stage = MilterStage(rawValue: number),
                let names = reader.string(), reader.isAtEnd
            else { return nil }
            return .macroList(MilterMacroList(stage, names.split(separator: 0x20).map { String(lossy: $0) }))
        case MilterCode.replyCode, MilterCode.addRecipient, MilterCode.deleteRecipient, MilterCode.quarantine:
            guard let string = reader.string().map({ Array($0) }), reader.isAtEnd else { return nil }
            switch code {
            case MilterCode.replyCode: return .replyCode(string)
            case MilterCode.addRecipient: return .addRecipient(string, parameters: nil)
            case MilterCode.deleteRecipient: return .deleteRecipient(string)
            default: return .quarantine(string)
            }
        case MilterCode.addRecipientWithParameters, MilterCode.changeSender:
            guard let address = reader.string().map({ Array($0) }) else { return nil }
            let parameters = reader.isAtEnd ? nil : reader.string().map { Array($0) }
            guard reader.isAtEnd else { return nil }
            return code == MilterCode.changeSender
                ? .changeSender(address, parameters: parameters)
                : .addRecipient(address, parameters: parameters ?? [])
        default: throw MilterProtocolError(.unknownReply(code))
        }
    }
}

extension MilterReply {
    /// The packet with its length.
    public var wire: [UInt8] {
        var output: [UInt8] = []
        append(to: &output)
        return output
    }

    /// Appends the packet with its length.
    public func append(to output: inout [UInt8]) {
        output.appendPacket(code) { output in
            switch self {
            case .negotiate(let negotiation): negotiation.append(to: &output)
            case .macroList(let list):
                output.append(number32: list.stage.rawValue)
                output.append(string: list.names.joined(separator: " ").utf8)
            case .replyCode(let text), .deleteRecipient(let text), .quarantine(let text): output.append(string: text)
            case .addHeader(let name, let value):
                output.append(string: name)
                output.append(string: value)
            case .insertHeader(let index, let name, let value), .changeHeader(let index, let name, let value):
                output.append(number32: index)
                output.append(string: name)
                output.append(string: value)
            case .replaceBody(let octets): output.append(contentsOf: octets)
            case .addRecipient(let address, let parameters), .changeSender(let address, let parameters):
                output.append(string: address)
                if let parameters { output.append(string: parameters) }
            case .continue, .accept, .reject, .tempfail, .discard, .skip, .progress, .shutdown, .connectionFailure:
                break
            }
        }
    }
}
