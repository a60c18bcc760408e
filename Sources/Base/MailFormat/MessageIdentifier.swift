internal import MailBytes

/// The identifier of a message, without its angle brackets: RFC 5322 §3.6.4.
public struct MessageIdentifier: Hashable, Sendable {
    /// As written, white space and comments out: `1234@local.machine.example`.
    public var octets: [UInt8]

    public init(octets: [UInt8]) { self.octets = octets }

    /// The identifier as text; what is not UTF-8 becomes U+FFFD.
    public var text: String { String(lossy: octets) }

    /// Identifiers that are read of one field.
    public static let listMax = 1000

    /// The identifiers of a field such as Message-ID, References or In-Reply-To.
    ///
    /// Obsolete white space and words around them are passed over (RFC 5322 §4.5.4). Where there are no angle brackets
    /// at all, each word is an identifier, because programs have written them so.
    public static func list(parsing value: ArraySlice<UInt8>) -> [MessageIdentifier] {
        let bytes = Array(value)
        var lexer = AddressLexer(bytes: bytes, in: 0..<bytes.count, limits: AddressLimits())
        var found: [MessageIdentifier] = []
        var words: [MessageIdentifier] = []
        var current: [UInt8]?
        while let token = lexer.next(), found.count < listMax, words.count < listMax {
            switch token.kind {
            case .comment: break
            case .open: current = []
            case .close:
                if let octets = current, !octets.isEmpty { found.append(MessageIdentifier(octets: octets)) }
                current = nil
            default:
                let quote: [UInt8] = token.kind == .quoted ? [UInt8(ascii: "\"")] : []
                let octets = quote + bytes[token.range].filter { !$0.isWSPOrLineBreak || $0.isWSP } + quote
                if current != nil {
                    current?.append(contentsOf: octets)
                } else if token.isSpaced || words.isEmpty {
                    words.append(MessageIdentifier(octets: octets))
                } else {
                    words[words.count - 1].octets.append(contentsOf: octets)
                }
            }
        }
        return found.isEmpty ? words.filter { !$0.octets.isEmpty } : found
    }
}
