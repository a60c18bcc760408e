internal import MailBytes

/// When a sender wants to hear of a recipient, as NOTIFY= says it (RFC 3461 §4.1). Empty is NEVER.
public struct SMTPNotify: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// SUCCESS
    public static let success = SMTPNotify(rawValue: 1)
    /// FAILURE
    public static let failure = SMTPNotify(rawValue: 2)
    /// DELAY
    public static let delay = SMTPNotify(rawValue: 4)

    static let words: [(SMTPNotify, String)] = [(.success, "SUCCESS"), (.failure, "FAILURE"), (.delay, "DELAY")]

    var text: String {
        isEmpty ? "NEVER" : Self.words.filter { contains($0.0) }.map(\.1).joined(separator: ",")
    }

    init?(_ value: ArraySlice<UInt8>) {
        self = []
        if String(lossy: value).uppercased() == "NEVER" { return }
        for word in value.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            let word = String(lossy: word).uppercased()
            guard let found = Self.words.first(where: { $0.1 == word })?.0 else { return nil }
            insert(found)
        }
    }
}

/// The address that a recipient had at first, as ORCPT= says it (RFC 3461 §4.2).
public struct SMTPOriginalRecipient: Hashable, Sendable {
    /// What kind of address it is: `rfc822`, `utf-8`.
    public var kind: [UInt8]
    /// The address, decoded; one of the kind `utf-8` as it came, for it has an encoding of its own.
    public var address: [UInt8]

    public init(kind: [UInt8], address: [UInt8]) {
        self.kind = kind
        self.address = address
    }

    /// RFC 3461 §4.2: the value has at most 500 characters.
    static let octetsMax = 500

    init?(_ value: ArraySlice<UInt8>) {
        guard value.count <= Self.octetsMax, let semicolon = value.firstIndex(of: UInt8(ascii: ";")) else { return nil }
        let kind = value[..<semicolon]
        let rest = value[(semicolon + 1)...]
        guard !kind.isEmpty, kind.allSatisfy(\.isTokenCharacter), !rest.isEmpty else { return nil }
        if Self.isUTF8(kind) {
            guard rest.allSatisfy({ ($0.isVisible || $0.isNonASCII) && $0 != UInt8(ascii: "=") }) else { return nil }
            self.init(kind: Array(kind), address: Array(rest))
        } else {
            guard let address = SMTPXText.decode(rest) else { return nil }
            self.init(kind: Array(kind), address: address)
        }
    }

    private static func isUTF8(_ kind: ArraySlice<UInt8>) -> Bool {
        kind.equalsIgnoringASCIICase(Array("utf-8".utf8)[...])
    }

    var wire: [UInt8] {
        kind + [UInt8(ascii: ";")] + (Self.isUTF8(kind[...]) ? address : SMTPXText.encode(address))
    }
}

/// What stands behind the address in RCPT.
public struct SMTPRecipientParameters: Hashable, Sendable {
    /// NOTIFY=; nil where it is not said.
    public var notify: SMTPNotify?
    /// ORCPT=
    public var originalRecipient: SMTPOriginalRecipient?

    /// None of them.
    public init() {}

    mutating func take(
        _ word: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>?, _ offered: SMTPExtensions, _ seen: inout Set<String>
    ) throws(SMTPSyntaxError) {
        let keyword = String(lossy: word).uppercased()
        guard keyword == "NOTIFY" || keyword == "ORCPT", offered.contains(.dsn) else { throw .unknownParameter }
        guard seen.insert(keyword).inserted else { throw .twice }
        guard let value else { throw .parameterValue }
        if keyword == "NOTIFY" {
            guard let read = SMTPNotify(value) else { throw .parameterValue }
            notify = read
        } else {
            guard let read = SMTPOriginalRecipient(value) else { throw .parameterValue }
            originalRecipient = read
        }
    }

    /// The parameters as they go over the wire, a space in front of each.
    var wire: [UInt8] {
        var output: [UInt8] = []
        if let notify { output += Array(" NOTIFY=\(notify.text)".utf8) }
        if let originalRecipient {
            output += Array(" ORCPT=".utf8) + originalRecipient.wire
        }
        return output
    }
}
