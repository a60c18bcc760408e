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
            #expect(limiter.enter("ada", from: "192.0.2.1", at: World.now) == nil)
        }
        #expect(limiter.enter("ada", from: "192.0.2.1", at: World.now) == LoginLimiter.windowSeconds)
        #expect(limiter.enter("otto", from: "192.0.2.1", at: World.now) != nil, "whatever the account")
        #expect(limiter.enter("ada", from: "192.0.2.1", at: World.now.adding(seconds: 900)) == nil)
        let many = LoginLimiter()
        many.succeeded("ada", from: "home", at: World.now)
        for number in 0..<20_000 { _ = many.enter("ada", from: "\(number)", at: World.now) }
        #expect(many.enter("ada", from: "new", at: World.now) != nil, "from everywhere together")
        #expect(many.enter("ada", from: "home", at: World.now) == nil, "its owner is not kept out")
        #expect(many.count <= LoginLimiter.entriesMax)
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
