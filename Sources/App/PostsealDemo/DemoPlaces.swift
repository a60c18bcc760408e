internal import MailNames
internal import Sockets

/// Where the demo's daemon listens, in the words of those who connect.
struct DemoPlaces: Sendable {
    var milter: ListenAddress
    var http: ListenAddress
    /// Where the dashboard is, and the password of its account; nil where there is none.
    var dashboard: (address: String, password: String)?

    /// As Postfix writes sockets.
    var postfixAddress: String {
        switch milter {
        case .unix(let path): "unix:\(path)"
        case .tcp(let host, let port): host.isV4 ? "inet:\(host.text):\(port)" : "inet:[\(host.text)]:\(port)"
        }
    }

    /// The address of a page.
    func url(_ path: String) -> String {
        switch http {
        case .unix: "http://localhost\(path)"
        case .tcp(let host, let port): "http://\(host.isV4 ? host.text : "[\(host.text)]"):\(port)\(path)"
        }
    }

    /// A call of curl.
    func curl(_ options: String, _ url: String) -> String {
        var words = ["curl"]
        if case .unix(let path) = http { words.append("--unix-socket \(path)") }
        return (words + [options, url]).filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// The address of the interface that judges a message, in quotes.
    func verifyURL(mailFrom: String) -> String {
        "'" + url("/v1/verify?ip=192.0.2.1&helo=me.example&mail-from=\(mailFrom)") + "'"
    }
}
