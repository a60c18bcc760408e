internal import MailNames
internal import SMTPProtocol
internal import SMTPTransport

/// What the server behind is told of the client, if it wants to know (Postfix's XFORWARD).
enum ForwardedFacts {
    /// The attributes that the server asks for; nil where it asks for none.
    static func attributes(
        _ facts: SMTPConnectionFacts, id: String, for capabilities: SMTPCapabilities
    ) -> SMTPClientAttributes? {
        guard capabilities.extensions.contains(.xforward) else { return nil }
        var wanted: Set<String> = []
        for line in capabilities.keywords {
            let words = line.uppercased().split(separator: " ").map(String.init)
            if words.first == "XFORWARD" { wanted.formUnion(words.dropFirst()) }
        }
        let hello = facts.hello
        var attributes = SMTPClientAttributes()
        for name in SMTPClientAttributes.Command.xforward.names where wanted.contains(name.rawValue) {
            let value: SMTPClientAttributes.Value =
                switch name {
                case .address: facts.clientAddress.map { SMTPClientAttributes.value(of: $0) } ?? .unavailable
                case .port: facts.clientPort.map { text(String($0)) } ?? .unavailable
                case .proto: text(hello?.verb == .helo ? "SMTP" : "ESMTP")
                case .helo: hello.map { .known($0.name) } ?? .unavailable
                case .identifier: text(id)
                case .source: text("REMOTE")
                case .name, .login, .destinationAddress, .destinationPort: .unavailable
                }
            attributes.values[name] = value
        }
        return attributes.values.isEmpty ? nil : attributes
    }

    private static func text(_ text: String) -> SMTPClientAttributes.Value { .known(Array(text.utf8)) }
}

/// What the proxy calls a message.
enum MessageIdentity {
    /// A new one: sixteen hexadecimal digits that nobody can guess.
    static func make() -> String {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16, uppercase: true)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
