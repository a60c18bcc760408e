internal import MailBytes
public import MailNames

/// Where to listen: `unix:/run/postseal/milter.sock`, `tcp:127.0.0.1:8891`, `tcp:[::1]:8891`.
public enum ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// The path of a Unix socket.
    case unix(path: String)
    /// Port 0 is any that is free.
    case tcp(host: IPAddress, port: UInt16)

    /// Limit: what `sockaddr_un` has room for, with its end.
    public static let pathOctetsMax = 107

    public var description: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        case .tcp(let host, let port): host.isV4 ? "tcp:\(host.text):\(port)" : "tcp:[\(host.text)]:\(port)"
        }
    }

    /// Whether only this machine can connect.
    public var isLocal: Bool {
        switch self {
        case .unix: true
        case .tcp(.v4(let value), _): value >> 24 == 127
        case .tcp(.v6(0, 1), _): true
        case .tcp: false
        }
    }
}

extension ListenAddress {
    /// Reads an address.
    ///
    /// - Parameter folder: what a relative path is relative to.
    init(_ text: String, folder: String) throws(ValueError) {
        if text.hasPrefix("unix:") {
            let path = try FileName.resolved(String(text.dropFirst(5)), folder: folder)
            guard path.utf8.count <= Self.pathOctetsMax else {
                throw ValueError(
                    "the path of a socket has at most \(Self.pathOctetsMax) octets, this \(path.utf8.count)")
            }
            guard !path.hasSuffix("/") else { throw ValueError("\(Shown.quoted(text)) names a folder, not a socket") }
            self = .unix(path: path)
            return
        }
        guard text.hasPrefix("tcp:"), let (host, port) = Self.hostAndPort(text.dropFirst(4)) else {
            throw ValueError(
                "\(Shown.quoted(text)) is no socket such as unix:/run/postseal/milter.sock, tcp:127.0.0.1:8891 "
                    + "or tcp:[::1]:8891" + (Self.suggestion(for: text).map { "; did you mean '\($0)'?" } ?? ""))
        }
        self = .tcp(host: host, port: port)
    }

    private static func hostAndPort(_ text: Substring) -> (IPAddress, UInt16)? {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        var host = text[..<colon]
        let digits = text[text.index(after: colon)...]
        guard digits.utf8.allSatisfy(\.isDigit), let port = UInt16(digits) else { return nil }
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        if isBracketed { host = host.dropFirst().dropLast() }
        guard let address = IPAddress(String(host)), address.isV4 != isBracketed else { return nil }
        return (address, port)
    }

    /// What was probably meant: the spellings of other filters and of mail servers, a host's name, brackets left out.
    private static func suggestion(for text: String) -> String? {
        for prefix in ["local:", "file:"] where text.hasPrefix(prefix) { return "unix:" + text.dropFirst(prefix.count) }
        if text.hasPrefix("/") { return "unix:" + text }
        var rest = text[...]
        for prefix in ["tcp:", "inet6:", "inet:"] where rest.hasPrefix(prefix) { rest = rest.dropFirst(prefix.count) }
        // OpenDKIM and sendmail: inet:8891@127.0.0.1
        let parts = rest.split(separator: "@", omittingEmptySubsequences: false)
        var host: Substring = parts.count == 2 ? parts[1] : ""
        var port = parts.first ?? ""
        if parts.count == 1 {
            guard let colon = rest.lastIndex(of: ":") else {
                return Self.port(rest) == nil ? nil : "tcp:127.0.0.1:\(rest)"
            }
            (host, port) = (rest[..<colon], rest[rest.index(after: colon)...])
        }
        guard let number = Self.port(port) else { return nil }
        let names: [Substring: String] = ["localhost": "127.0.0.1", "": "127.0.0.1", "*": "0.0.0.0"]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard let address = IPAddress(names[host] ?? String(host)) else { return nil }
        return ListenAddress.tcp(host: address, port: number).description
    }

    private static func port(_ text: Substring) -> UInt16? { text.utf8.allSatisfy(\.isDigit) ? UInt16(text) : nil }
}
