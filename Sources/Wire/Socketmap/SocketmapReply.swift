internal import MailBytes

/// What a socketmap answers (socketmap_table(5), "REPLY FORMAT").
public enum SocketmapReply: Hashable, Sendable {
    /// The key has this value.
    case found([UInt8])
    /// The key is not in the map.
    case notFound
    /// It can't be told now. Postfix tries the message again later.
    case temporary(String)
    /// It took too long. To Postfix the same as ``temporary(_:)``.
    case timeout(String)
    /// It can't be told, and won't be before somebody changes something. Postfix keeps the message, too, and warns.
    case permanent(String)

    /// The kind of an answer, for counting.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case found = "OK"
        case notFound = "NOTFOUND"
        case temporary = "TEMP"
        case timeout = "TIMEOUT"
        case permanent = "PERM"
    }

    /// The answer's kind.
    public var kind: Kind {
        switch self {
        case .found: .found
        case .notFound: .notFound
        case .temporary: .temporary
        case .timeout: .timeout
        case .permanent: .permanent
        }
    }

    /// The most octets of an answer, without those of the netstring around it: what Postfix takes.
    public static let payloadOctetsMax = 100_000
    /// The most octets of a reason: what Postfix logs of it.
    static let reasonOctetsMax = 200

    /// The text of the netstring. The space behind the first word is there even where nothing follows: Postfix does
    /// without it, others do not. Control characters of a reason become question marks.
    public var payload: [UInt8] {
        var output = Array(kind.rawValue.utf8)
        output.append(UInt8(ascii: " "))
        switch self {
        case .found(let value): output += value
        case .notFound: break
        case .temporary(let reason), .timeout(let reason), .permanent(let reason):
            output += reason.utf8.prefix(Self.reasonOctetsMax).lazy.map { $0 < 0x20 || $0 == 0x7F ? 0x3F : $0 }
        }
        return output
    }

    private static let foundWord = Array("OK ".utf8)

    /// Writes the netstring.
    func append(to output: inout [UInt8]) {
        // Most answers are this one.
        if case .found(let value) = self {
            Netstring.append(Self.foundWord, value, to: &output)
        } else {
            Netstring.append(payload, to: &output)
        }
    }

    /// Whether a mail server gets the value as it is. Postfix refuses more than ``payloadOctetsMax`` octets, and reads
    /// up to the first NUL: half a policy can be a weaker one.
    public var isSendable: Bool {
        guard case .found(let value) = self else { return true }
        return value.count + Self.foundWord.count <= Self.payloadOctetsMax && !value.contains(0)
    }

    /// Reads the text of a netstring, as a mail server does. Text behind `NOTFOUND` is passed over.
    ///
    /// - Throws: where it begins with none of the five words and a space.
    public init(payload: [UInt8]) throws(SocketmapReplyError) {
        let space = payload.firstIndex(of: UInt8(ascii: " ")) ?? payload.count
        guard let kind = Kind(rawValue: String(decoding: payload[..<space], as: UTF8.self)) else {
            throw SocketmapReplyError(position: 0)
        }
        guard space < payload.count else { throw SocketmapReplyError(position: space) }
        let rest = payload[(space + 1)...]
        let reason = String(decoding: rest, as: UTF8.self)
        switch kind {
        case .found: self = .found(Array(rest))
        case .notFound: self = .notFound
        case .temporary: self = .temporary(reason)
        case .timeout: self = .timeout(reason)
        case .permanent: self = .permanent(reason)
        }
    }
}

/// Why a text is no answer.
public struct SocketmapReplyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The octet where it goes wrong.
    public var position: Int

    public init(position: Int) { self.position = position }

    public var description: String {
        position == 0
            ? "octet 0: a reply begins with OK, NOTFOUND, TEMP, TIMEOUT or PERM"
            : "octet \(position): a space follows the first word of a reply"
    }
}
