internal import MailBytes
public import MailCrypto

/// What a try costs.
public typealias PasswordHashCost = Scrypt.Cost

/// What is kept of a password: scrypt (RFC 7914) with a salt of its own, `scrypt$131072$8$1$SALT$KEY`.
public struct PasswordHash: Hashable, Sendable {
    /// What OWASP recommends: 128 MB and some tenths of a second for each try.
    public static let standardCost = PasswordHashCost(n: 1 << 17, r: 8, p: 1)
    /// Limit: octets of a password.
    public static let passwordOctetsMax = 1024
    /// Fewer characters are too few.
    public static let passwordLengthMin = 10

    let cost: Scrypt.Cost
    let salt: [UInt8]
    let key: [UInt8]

    /// Hashes a password. Blocks.
    ///
    /// - Returns: nil where the memory is not there, or the password is too long.
    public init?(of password: String, cost: PasswordHashCost = Self.standardCost) {
        let salt = Secret.random(16)
        let octets = Array(password.utf8)
        guard octets.count <= Self.passwordOctetsMax, let key = Scrypt.key(password: octets, salt: salt, cost) else {
            return nil
        }
        self.cost = cost
        self.salt = salt
        self.key = key
    }

    /// Reads what ``stored`` wrote.
    public init?(_ text: String) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 6, parts[0] == "scrypt", let n = Int(parts[1]), let r = Int(parts[2]),
            let p = Int(parts[3]), let salt = Base64.decode(Array(parts[4].utf8)),
            let key = Base64.decode(Array(parts[5].utf8)), (8...64).contains(salt.count), (16...64).contains(key.count)
        else { return nil }
        let cost = Scrypt.Cost(n: n, r: r, p: p)
        guard cost.isBearable else { return nil }
        self.cost = cost
        self.salt = salt
        self.key = key
    }

    /// As it stands in the file of accounts.
    public var stored: String {
        let parts = [Base64.encode(salt), Base64.encode(key)].map { String(decoding: $0, as: UTF8.self) }
        return "scrypt$\(cost.n)$\(cost.r)$\(cost.p)$\(parts[0])$\(parts[1])"
    }

    /// Whether this is the password. Blocks, for the same time whatever comes out.
    public func fits(_ password: String) -> Bool {
        let octets = Array(password.utf8.prefix(Self.passwordOctetsMax + 1))
        guard let found = Scrypt.key(password: octets, salt: salt, cost, octetCount: key.count) else { return false }
        return Secret.isSame(found, key) && octets.count <= Self.passwordOctetsMax
    }

    /// What is wrong with a new password, as a clause; nil if it will do.
    public static func complaint(_ password: String, name: String) -> String? {
        if password.count < passwordLengthMin { return "it has fewer than \(passwordLengthMin) characters" }
        if password.utf8.count > passwordOctetsMax { return "it is longer than \(passwordOctetsMax) octets" }
        if password.lowercased().contains(name.lowercased()), password.count < name.count + 6 {
            return "it is little more than the name"
        }
        if Set(password).count < 4 { return "it is always the same" }
        return nil
    }
}
