internal import PostsealReports

/// What somebody may see and do. Pages, interface and search all ask this, and nothing else.
struct Access: Sendable, Hashable {
    /// What a page or an action asks for.
    enum Need: Sendable, Hashable, CaseIterable {
        /// Nothing: for who has not logged in.
        case nobody
        /// An account.
        case account
        /// An account, by password and not by a token.
        case person
        /// Somebody who sees all domains.
        case everything
        /// Somebody who manages accounts, by password.
        case management
    }

    /// The name of the account.
    var account: String
    var role: Account.Role
    /// With all below them; nil for all there are.
    var domains: [String]?
    /// Whether it is a program, by a token.
    var isToken: Bool

    init(_ account: Account, token: AccountToken? = nil) {
        self.account = account.name
        role = account.role
        isToken = token != nil
        let own = account.role == .viewer ? account.domains : nil
        guard let narrow = token?.domains else {
            domains = own
            return
        }
        // What the account has lost, its tokens have lost too.
        domains = own.map { own in narrow.filter { Self.has(own, $0) } } ?? narrow
    }

    /// Whether all domains are seen.
    var seesEverything: Bool { domains == nil }

    /// Whether a domain is seen; what is about no domain is for those who see everything.
    func sees(_ domain: String?) -> Bool {
        guard let domains else { return true }
        guard let domain else { return false }
        return Self.has(domains, domain)
    }

    /// Whether all that a report, or a file, is about is seen; where that is not known, by those who see everything.
    func sees(_ subjects: ReportSubjects?) -> Bool {
        seesEverything || subjects.map { $0.areSeen { sees($0) } } ?? false
    }

    /// Whether a need is met.
    func meets(_ need: Need) -> Bool {
        switch need {
        case .nobody, .account: true
        case .person: !isToken
        case .everything: seesEverything
        case .management: role == .administrator && !isToken
        }
    }

    private static func has(_ domains: [String], _ domain: String) -> Bool {
        let name = domain.lowercased()
        return domains.contains { name == $0 || name.hasSuffix("." + $0) }
    }
}
