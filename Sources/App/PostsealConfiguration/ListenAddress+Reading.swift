internal import MailBytes
internal import MailNames
internal import Sockets

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
            self = .unix(path)
            return
        }
        do throws(Mistake) {
            try self.init(text)
        } catch {
            throw ValueError(
                "\(Shown.quoted(text)) is no socket such as unix:/run/postseal/milter.sock, tcp:127.0.0.1:8891 "
                    + "or tcp:[::1]:8891" + (Self.suggestion(for: text).map { "; did you mean '\($0)'?" } ?? ""))
        }
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
        return ListenAddress.tcp(address, port: number).description
    }

    private static func port(_ text: Substring) -> UInt16? { text.utf8.allSatisfy(\.isDigit) ? UInt16(text) : nil }
}
