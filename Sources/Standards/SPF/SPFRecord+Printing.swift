internal import MailBytes
internal import MailNames

extension SPFRecord {
    /// A record of these terms, to be published.
    ///
    /// - Throws: what the text of the terms breaks of the syntax: a modifier's name or value, or `redirect` or `exp`
    ///   twice.
    public init(_ terms: [SPFTerm]) throws(SPFSyntaxError) {
        try self.init(parsing: Self.text(terms))
        // A space within a modifier would have made two terms of it.
        guard entries.count == terms.count else { throw SPFSyntaxError(.modifierName, at: 0) }
    }

    /// The record in its plainest form: small letters, one space between terms, no `+`, no prefix lengths that cover
    /// the whole address. Reads back as an equal record.
    public var text: String { Self.text(terms) }

    private static func text(_ terms: [SPFTerm]) -> String {
        terms.reduce(into: "v=spf1") { text, term in text += " " + term.text }
    }
}

extension SPFRecord: Hashable, CustomStringConvertible {
    public static func == (left: SPFRecord, right: SPFRecord) -> Bool {
        left.bytes == right.bytes || left.terms == right.terms
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(terms) }

    public var description: String { text }
}

extension SPFTerm {
    /// The term as it is published.
    public var text: String {
        switch self {
        case .directive(let qualifier, let mechanism): qualifier.text + mechanism.text
        case .redirect(let target): "redirect=" + target.text
        case .explanation(let target): "exp=" + target.text
        case .modifier(let name, let value): name + "=" + value
        }
    }
}

extension SPFMechanism {
    /// The mechanism as it is published, without a qualifier.
    public var text: String {
        switch self {
        case .all: "all"
        case .include(let target): "include:" + target.text
        case .a(let target, let v4Length, let v6Length): "a" + Self.argument(target, v4Length, v6Length)
        case .mx(let target, let v4Length, let v6Length): "mx" + Self.argument(target, v4Length, v6Length)
        case .ptr(let target): "ptr" + Self.argument(target, 32, 128)
        case .network(let network): Self.text(network)
        case .exists(let target): "exists:" + target.text
        }
    }

    private static func argument(_ target: SPFDomainSpec?, _ v4Length: Int, _ v6Length: Int) -> String {
        (target.map { ":" + $0.text } ?? "") + (v4Length == 32 ? "" : "/\(v4Length)")
            + (v6Length == 128 ? "" : "//\(v6Length)")
    }

    private static func text(_ network: IPPrefix) -> String {
        let isV4 = network.address.isV4
        return (isV4 ? "ip4:" : "ip6:") + network.address.text
            + (network.length == (isV4 ? 32 : 128) ? "" : "/\(network.length)")
    }
}
