internal import HTTPTypes
internal import MailNames
internal import PostsealHTTP

/// Where a request came from, as far as can be believed.
struct Origin: Sendable {
    /// The client's address; nil for this machine by a socket in the file system.
    let client: IPAddress?
    /// Whether nobody between the browser and here, or the proxy, could listen.
    let isSecure: Bool
    /// Whether it is answered at all.
    let isServed: Bool
    /// What the browser calls this server: `https://mail.example.org`.
    let name: String

    init(_ call: HTTPCall, _ rules: Dashboard.Rules) {
        let peer = call.peer?.unmapped
        let isProxy =
            peer.map { peer in rules.trustedProxies.contains { $0.contains(peer) } } ?? !rules.trustedProxies.isEmpty
        var client = peer
        var isSecure = call.isSecure
        if isProxy {
            if Self.field("X-Forwarded-Proto", call).last?.lowercased() == "https" { isSecure = true }
            // Each proxy adds to the right: what stands left of one that is not ours anybody can have written.
            for text in Self.field("X-Forwarded-For", call).reversed() {
                guard let address = Self.address(text)?.unmapped else { break }
                client = address
                if !rules.trustedProxies.contains(where: { $0.contains(address) }) { break }
            }
        }
        self.client = client
        self.isSecure = isSecure
        isServed = !rules.servesProxiesAlone || isProxy || peer.map(Self.isThisMachine) ?? true
        name = (isSecure ? "https://" : "http://") + call.host.lowercased()
    }

    /// An address, which some proxies write with a port: `192.0.2.1:4711`, `[2001:db8::1]:4711`.
    private static func address(_ text: String) -> IPAddress? {
        if let address = IPAddress(text) { return address }
        if text.hasPrefix("[") { return IPAddress(String(text.dropFirst().prefix { $0 != "]" })) }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 2 ? IPAddress(String(parts[0])) : nil
    }

    private static func isThisMachine(_ address: IPAddress) -> Bool {
        address.isV4 ? address.networkBytes.first == 127 : address.text == "::1"
    }

    private static func field(_ name: String, _ call: HTTPCall) -> [String] {
        guard let name = HTTPField.Name(name) else { return [] }
        return call.fields[values: name].flatMap { $0.split(separator: ",") }
            .map { String($0.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
    }

    /// Whether a form was sent by one of our own pages, as far as the browser says: by its own word on that, else by
    /// the page that it names. A program says neither.
    func isOwn(_ call: HTTPCall) -> Bool {
        if let name = HTTPField.Name("Sec-Fetch-Site"), let site = call.fields[name] { return site == "same-origin" }
        guard let name = HTTPField.Name("Origin"), let origin = call.fields[name] else { return true }
        return origin.lowercased() == self.name
    }
}
