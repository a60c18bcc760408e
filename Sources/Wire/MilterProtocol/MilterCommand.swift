/// What a mail server sends.
public enum MilterCommand: Hashable, Sendable {
    /// `O`: what the mail server offers; the first command of a connection.
    case negotiate(MilterNegotiation)
    /// `D`: macros for a command, by its letter, which follows mostly.
    case macros(UInt8, [MilterMacro])
    /// `C`: a client connected.
    case connect(MilterConnection)
    /// `H`: HELO or EHLO, with what the client called itself.
    case helo([UInt8])
    /// `M`: MAIL.
    case mail(MilterPath)
    /// `R`: RCPT.
    case recipient(MilterPath)
    /// `T`: DATA.
    case data
    /// `L`: a header field. Its value has LF between its lines, and begins with the white space behind the colon only
    /// where ``MilterSteps/leadingSpace`` was negotiated.
    case header(name: [UInt8], value: [UInt8])
    /// `N`: the end of the header.
    case endOfHeader
    /// `B`: a piece of the body, of at most 65535 octets.
    case body([UInt8])
    /// `E`: the end of the message, with its last piece or with none.
    case endOfMessage([UInt8])
    /// `A`: the message is given up; the connection goes on.
    case abort
    /// `Q`: the end.
    case quit
    /// `K`: the end of this SMTP connection; another follows.
    case quitNewConnection
    /// `U`: a command of SMTP that the mail server does not know.
    case unknown([UInt8])

    /// The letter it has on the wire.
    public var code: UInt8 {
        switch self {
        case .negotiate: MilterCode.negotiate
        case .macros: MilterCode.macros
        case .connect: MilterCode.connect
        case .helo: MilterCode.helo
        case .mail: MilterCode.mail
        case .recipient: MilterCode.recipient
        case .data: MilterCode.data
        case .header: MilterCode.header
        case .endOfHeader: MilterCode.endOfHeader
        case .body: MilterCode.body
        case .endOfMessage: MilterCode.endOfMessage
        case .abort: MilterCode.abort
        case .quit: MilterCode.quit
        case .quitNewConnection: MilterCode.quitNewConnection
        case .unknown: MilterCode.unknown
        }
    }
}

extension MilterCommand {
    /// Reads a packet behind its length, as ``MilterPacketReader`` gives it.
    ///
    /// - Throws: if it is no command, or not of its command's form.
    public init(packet: ArraySlice<UInt8>) throws(MilterProtocolError) {
        guard let code = packet.first else { throw MilterProtocolError(.emptyPacket) }
        let data = packet.dropFirst()
        let command: MilterCommand? =
            switch code {
            case MilterCode.negotiate: MilterNegotiation(data: data).map { .negotiate($0) }
            case MilterCode.macros: Self.macros(data)
            case MilterCode.connect: MilterConnection(data: data).map { .connect($0) }
            case MilterCode.helo: Self.string(data).map { .helo($0) }
            case MilterCode.mail: MilterPath(data: data).map { .mail($0) }
            case MilterCode.recipient: MilterPath(data: data).map { .recipient($0) }
            case MilterCode.header: Self.field(data).map { .header(name: Array($0.name), value: Array($0.value)) }
            case MilterCode.unknown: Self.string(data).map { .unknown($0) }
            case MilterCode.body: .body(Array(data))
            case MilterCode.endOfMessage: .endOfMessage(Array(data))
            // What stands behind commands that have no data is nothing to stumble over.
            case MilterCode.data: .data
            case MilterCode.endOfHeader: .endOfHeader
            case MilterCode.abort: .abort
            case MilterCode.quit: .quit
            case MilterCode.quitNewConnection: .quitNewConnection
            default: throw MilterProtocolError(.unknownCommand(code))
            }
        guard let command else { throw MilterProtocolError(.malformed(code)) }
        self = command
    }

    private static func string(_ data: ArraySlice<UInt8>) -> [UInt8]? {
        var reader = MilterDataReader(data)
        guard let string = reader.string(), reader.isAtEnd else { return nil }
        return Array(string)
    }

    private static func macros(_ data: ArraySlice<UInt8>) -> MilterCommand? {
        var reader = MilterDataReader(data)
        guard let command = reader.byte() else { return nil }
        var macros: [MilterMacro] = []
        while !reader.isAtEnd {
            guard let name = reader.string(), let value = reader.string() else { return nil }
            macros.append(MilterMacro(Array(MilterMacro.unbraced(name)), Array(value)))
        }
        return .macros(command, macros)
    }

    /// The two strings of a header field; nil if they are not there, or more is.
    static func field(_ data: ArraySlice<UInt8>) -> (name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)? {
        var reader = MilterDataReader(data)
        guard let name = reader.string(), let value = reader.string(), reader.isAtEnd else { return nil }
        return (name, value)
    }
}

extension MilterCommand {
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
            case .macros(let command, let macros):
                output.append(command)
                for macro in macros {
                    output.append(string: macro.wireName)
                    output.append(string: macro.value)
                }
            case .connect(let connection): connection.append(to: &output)
            case .helo(let text), .unknown(let text): output.append(string: text)
            case .mail(let path), .recipient(let path): path.append(to: &output)
            case .header(let name, let value):
                output.append(string: name)
                output.append(string: value)
            case .body(let octets), .endOfMessage(let octets): output.append(contentsOf: octets)
            case .data, .endOfHeader, .abort, .quit, .quitNewConnection: break
            }
        }
    }
}
