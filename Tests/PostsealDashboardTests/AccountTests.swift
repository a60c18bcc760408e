import MailBytes
import MailCrypto
import MailNames
import Testing

@testable import PostsealDashboard

@Suite struct AccountTests {
    static let hash = PasswordHash(of: "correct horse battery", cost: World.cost)

    @Test func `a password fits its hash alone`() throws {
        let hash = try #require(Self.hash)
        #expect(hash.fits("correct horse battery"))
        for other in ["", "correct horse batterY", "correct horse battery ", String(repeating: "x", count: 5000)] {
            #expect(!hash.fits(other))
        }
        #expect(PasswordHash(hash.stored) == hash)
        #expect(PasswordHash(of: "correct horse battery", cost: World.cost) != hash, "each has a salt of its own")
        #expect(PasswordHash(of: String(repeating: "x", count: 1025), cost: World.cost) == nil)
    }

    @Test(arguments: [
        "", "scrypt", "scrypt$16$1$1$$", "bcrypt$16$1$1$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAA",
        "scrypt$15$1$1$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAA",
        "scrypt$99999999999$8$1$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAA",
        "scrypt$16$1$1$AAAA$AAAAAAAAAAAAAAAAAAAAAAAA",
    ])
    func `what is no hash is not taken for one`(text: String) { #expect(PasswordHash(text) == nil) }

    @Test func `the standard cost is bearable, and works`() throws {
        let hash = try #require(PasswordHash(of: "once with all that it costs"))
        #expect(hash.stored.hasPrefix("scrypt$131072$8$1$"))
        #expect(hash.fits("once with all that it costs"))
    }

    @Test(arguments: ["short", "ada", "aaaaaaaaaaaaaaaa", "adaada"])
    func `bad passwords are not taken`(password: String) {
        #expect(PasswordHash.complaint(password, name: "ada") != nil)
        #expect(PasswordHash.complaint("a good long one", name: "ada") == nil)
    }

    @Test func `tries at passwords are bounded, and so is what is remembered of them`() {
        let limiter = LoginLimiter()
        for _ in 0..<LoginLimiter.addressFailuresMax {
            #expect(Self.look(limiter, "ada", from: "192.0.2.1", .wrong) == nil)
        }
        #expect(Self.look(limiter, "ada", from: "192.0.2.1", .wrong) == LoginLimiter.windowSeconds)
        #expect(Self.look(limiter, "otto", from: "192.0.2.1", .wrong) != nil, "whatever the account")
        #expect(Self.look(limiter, "ada", from: "192.0.2.1", .wrong, at: World.now.adding(seconds: 900)) == nil)
        let many = LoginLimiter()
        #expect(Self.look(many, "ada", from: "home", .right) == nil)
        for number in 0..<20_000 { _ = Self.look(many, "ada", from: "\(number)", .wrong) }
        #expect(Self.look(many, "ada", from: "new", .wrong) != nil, "from everywhere together")
        #expect(Self.look(many, "ada", from: "home", .wrong) == nil, "its owner is not kept out")
        #expect(many.count <= LoginLimiter.entriesMax)
    }

    /// Tries a password; the seconds to wait, if it is not looked at.
    private static func look(
        _ limiter: LoginLimiter, _ name: String, from place: String, _ outcome: LoginLimiter.Outcome,
        at now: UnixTime = World.now
    ) -> Int64? {
        switch limiter.enter(name, from: place, at: now) {
        case .now(let attempt):
            limiter.end(attempt, outcome, at: now)
            return nil
        case .soon: return 0
        case .later(let seconds): return seconds
        }
    }

    @Test func `an account at an address that it knows is bounded by itself`() {
        let limiter = LoginLimiter()
        for name in ["ada", "vera"] { #expect(Self.look(limiter, name, from: "home", .right) == nil) }
        // Whoever owns an account does not make room for more tries at another one.
        var wrong = 0
        for _ in 0..<20 {
            for _ in 0..<8 where Self.look(limiter, "ada", from: "home", .wrong) == nil { wrong += 1 }
            #expect(Self.look(limiter, "vera", from: "home", .right) == nil, "each by itself")
        }
        #expect(wrong == LoginLimiter.knownFailuresMax)
        for number in 0..<20 { _ = Self.look(limiter, "nobody\(number)", from: "home", .wrong) }
        #expect(Self.look(limiter, "nobody", from: "home", .wrong) != nil)
        #expect(Self.look(limiter, "vera", from: "home", .right) == nil, "what others do at the address is not hers")
        #expect(Self.look(limiter, "ada", from: "home", .right, at: World.now.adding(seconds: 900)) == nil)
        // A right one takes no wrong ones back.
        let other = LoginLimiter()
        wrong = 0
        for _ in 0..<20 {
            for _ in 0..<8 where Self.look(other, "otto", from: "home", .wrong) == nil { wrong += 1 }
            _ = Self.look(other, "vera", from: "home", .right)
        }
        #expect(wrong == LoginLimiter.addressFailuresMax)
    }

    @Test func `tries at the same time bound each other, and are no failures`() {
        let limiter = LoginLimiter()
        var open: [LoginLimiter.Try] = []
        for _ in 0..<LoginLimiter.addressFailuresMax {
            if case .now(let attempt) = limiter.enter("ada", from: "home", at: World.now) { open.append(attempt) }
        }
        #expect(open.count == LoginLimiter.addressFailuresMax)
        #expect(Self.look(limiter, "ada", from: "home", .right) == 0, "in some seconds")
        for attempt in open { limiter.end(attempt, .untried, at: World.now) }
        #expect(limiter.count == 0, "what nobody looked at is not counted")
        for _ in 0..<50 { #expect(Self.look(limiter, "ada", from: "home", .right) == nil) }
    }

    @Test func `addresses of one network count as one`() {
        #expect(LoginLimiter.place(IPAddress("2001:db8::1")) == LoginLimiter.place(IPAddress("2001:db8::ffff:2")))
        #expect(LoginLimiter.place(IPAddress("2001:db8:0:1::1")) != LoginLimiter.place(IPAddress("2001:db8::1")))
        #expect(LoginLimiter.place(IPAddress("::ffff:192.0.2.1")) == "192.0.2.1")
    }

    @Test(arguments: [
        ("example.com", true), ("mail.example.com", true), ("EXAMPLE.com", true), ("badexample.com", false),
        ("com", false), ("other.example", false), (nil, false),
    ])
    func `a viewer sees its domains and what is below`(domain: String?, isSeen: Bool) {
        let account = Account(name: "v", role: .viewer, domains: ["example.com"], password: nil, created: World.now)
        #expect(Access(account).sees(domain) == isSeen)
    }

    @Test(arguments: [
        "example. com", "com", "not a domain!!", "example.com, b@d.example", "a..example", "example.com com.",
        "192.0.2.1", "example.com, 192.0.2.1", "192.0.2.1.", "example.1",
    ])
    func `what is no domain, or a whole top-level domain, is nobody's`(text: String) {
        #expect(throws: AccountError.self) { try Account.domains(in: text) }
        #expect(throws: AccountError.self) { try Account.rights(role: "viewer", domains: text) }
    }

    @Test func `the domains of an account are read by blanks and commas, and those of its role alone`() throws {
        let text = " Example.COM., a.example,\n bücher.example example.com"
        #expect(try Account.domains(in: text) == ["example.com", "a.example", "xn--bcher-kva.example"])
        #expect(try Account.rights(role: "viewer", domains: "example.com").domains == ["example.com"])
        #expect(try Account.rights(role: "operator", domains: " ").domains == [])
        for (role, domains) in [
            ("operator", "a.example"), ("administrator", "a.example"), ("viewer", ""), ("god", ""),
        ] {
            #expect(throws: AccountError.self, "\(role)") { try Account.rights(role: role, domains: domains) }
        }
        // What an earlier version took is read still: otherwise nobody could log in.
        let old = Account(name: "v", role: .viewer, domains: ["com", "a_b"], password: nil, created: World.now)
        #expect(AccountList(AccountList([old]).json)?.accounts == [old])
    }

    @Test func `a token sees no more than its account`() {
        var account = Account(name: "v", role: .viewer, domains: ["example.com"], password: nil, created: World.now)
        func token(_ domains: [String]?) -> Access {
            Access(account, token: AccountToken(id: "", label: "", hash: [], domains: domains, created: World.now))
        }
        #expect(token(["mail.example.com", "other.example"]).domains == ["mail.example.com"])
        #expect(token(nil).domains == ["example.com"])
        account.domains = []
        #expect(token(["example.com"]).domains == [])
        account.role = .administrator
        #expect(token(["example.com"]).domains == ["example.com"])
        #expect(
            !token(["example.com"]).meets(.everything) && !token(nil).meets(.management) && !token(nil).meets(.person))
    }
}
