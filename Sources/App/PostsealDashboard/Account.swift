public import MailBytes
internal import MailNames

/// Somebody who may look at the dashboard.
public struct Account: Hashable, Sendable {
    /// What an account may do.
    public enum Role: String, Hashable, Sendable, CaseIterable {
        /// Everything, and manages accounts.
        case administrator
        /// Sees everything.
        case `operator`
        /// Sees what belongs to its domains.
        case viewer
    }

    /// Limit: characters of a name.
    public static let nameMax = 64
    /// Limit: domains of an account.
    public static let domainsMax = 1000
    /// Limit: tokens of an account.
    public static let tokensMax = 50

    /// What it is called: letters, digits, `.`, `-`, `_` and `@`.
    public var name: String
    /// What it may do.
    public var role: Role
    /// The domains that a viewer sees, with all below them.
    public var domains: [String]
    /// Nil where nobody can log in.
    public var password: PasswordHash?
    /// For programs.
    public var tokens: [AccountToken]
    /// When it was made.
    public var created: UnixTime
    /// Grows whenever its sessions are to end. Where it begins is ``newGeneration``.
    public var generation: Int

    public init(
        name: String, role: Role, domains: [String] = [], password: PasswordHash?, tokens: [AccountToken] = [],
        created: UnixTime, generation: Int = 0
    ) {
        self.name = name
        self.role = role
        self.domains = domains
        self.password = password
        self.tokens = tokens
        self.created = created
        self.generation = generation
    }

    /// Whether what is about a domain is its own to see.
    public func sees(_ domain: String) -> Bool { Access(self).sees(domain) }

    /// Where a new account begins: elsewhere than one of the same name that was removed, whose sessions are not its.
    public static var newGeneration: Int { Int.random(in: 1...(1 << 40)) }

    /// Whether a text can be the name of an account.
    public static func isName(_ text: String) -> Bool {
        let octets = Array(text.utf8)
        return (1...nameMax).contains(octets.count)
            && octets.allSatisfy {
                switch $0 {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
                    UInt8(ascii: "@"):
                    true
                default: false
                }
            } && text != "." && text != ".."
    }

    /// A name as it is compared: people write one name in letters of either kind. Names have letters of ASCII alone.
    public static func folded(_ name: String) -> String {
        String(decoding: name.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }

    /// The domains in a text, by blanks or commas.
    ///
    /// - Throws: where one is none. A name without a dot is refused, too: who sees `com` sees all that is below it, and
    ///   it is what a blank within a name makes.
    public static func domains(in text: String) throws(AccountError) -> [String] {
        var domains: [String] = []
        for part in text.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
            guard let name = try? DomainName(mailDomain: String(part)), name.isHostName else {
                throw AccountError("'\(part.prefix(100))' is no domain; write it as 'example.com'")
            }
            guard name.bytes.contains(UInt8(ascii: ".")) else {
                throw AccountError("'\(name.text)' is a whole top-level domain; write a domain as 'example.com'")
            }
            // RFC 1123 §2.1: no top-level domain is a number; what ends in one is an address.
            if let last = name.bytes.split(separator: UInt8(ascii: ".")).last,
                last.allSatisfy({ (0x30...0x39).contains($0) })
            {
                throw AccountError("'\(name.text)' is an address; write a domain as 'example.com'")
            }
            if !domains.contains(name.text) { domains.append(name.text) }
            guard domains.count <= domainsMax else { throw AccountError("these are more than \(domainsMax) domains") }
        }
        return domains
    }

    /// The role and the domains of an account, as they stand in a form.
    ///
    /// - Throws: where there is no such role, a domain is none, or the role has none.
    static func rights(role: String, domains text: String) throws(AccountError) -> (role: Role, domains: [String]) {
        guard let role = Role(rawValue: role) else {
            throw AccountError("choose what it may do: viewer, operator or administrator")
        }
        let domains = try domains(in: text)
        if role == .viewer, domains.isEmpty { throw AccountError("say which domains a viewer sees") }
        if role != .viewer, !domains.isEmpty {
            throw AccountError(
                "\(role == .operator ? "an operator" : "an administrator") sees all domains: empty that field, or "
                    + "choose the role of a viewer")
        }
        return (role, domains)
    }

    /// The domains of an account that was stored, also by a version that took others than ``domains(in:)`` does; nil
    /// where one is none.
    static func domains(stored texts: [String]) -> [String]? {
        let names = texts.compactMap { (try? DomainName(mailDomain: $0))?.text }
        return names.count == texts.count && Set(names).count == names.count && names.count <= domainsMax ? names : nil
    }
}

/// A secret for a program, in the place of a password.
public struct AccountToken: Hashable, Sendable {
    /// Limit: characters of a label.
    public static let labelMax = 100

    /// What it is called, so that it can be revoked.
    public var id: String
    /// What its owner says that it is for.
    public var label: String
    /// SHA-256 of the secret, which nobody has but its owner.
    public var hash: [UInt8]
    /// The domains that it is for; nil for all of the account's.
    public var domains: [String]?
    /// When it was made.
    public var created: UnixTime

    public init(id: String, label: String, hash: [UInt8], domains: [String]?, created: UnixTime) {
        self.id = id
        self.label = label
        self.hash = hash
        self.domains = domains
        self.created = created
    }
}

extension AccountToken {
    /// Whether a text says what a token is for.
    public static func isLabel(_ text: String) -> Bool {
        text.count <= labelMax && text.utf8.contains { $0 > 0x20 } && !text.utf8.contains { $0 < 0x20 || $0 == 0x7F }
    }
}
