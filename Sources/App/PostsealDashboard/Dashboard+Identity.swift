internal import HTTPTypes
internal import MailBytes
internal import PostsealHTTP

extension Dashboard {
    /// Says that nobody asked, but a script of ours.
    private static let refresh = HTTPField.Name("X-Refresh")
    /// Limit: octets of a field with a token.
    private static let tokenOctetsMax = 200

    /// Finds out who it is.
    func identify(_ visit: inout Visit) async throws {
        if visit.isProgram, let field = visit.call.fields[.authorization] {
            visit.access = try await access(byToken: field)
            return
        }
        let isSecure = visit.origin.isSecure
        visit.door = visit.cookie(Cookie.doorName(isSecure: isSecure))
        guard let secret = visit.cookie(Cookie.sessionName(isSecure: isSecure)),
            // A list that is left open asks every few seconds, whether anybody looks at it or not.
            let session = try await sessions.session(
                secret, at: visit.now, isUsed: Self.refresh.flatMap { visit.call.fields[$0] } == nil)
        else { return }
        // What was changed about an account counts at once.
        guard let account = try await accounts.list()[exactly: session.account],
            account.generation == session.generation,
            account.password != nil
        else { return try await sessions.end(secret) }
        visit.access = Access(account)
        visit.session = secret
        visit.csrf = seal("form", secret)
    }

    private func access(byToken field: String) async throws -> Access? {
        let parts = field.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer", parts[1].utf8.count <= Self.tokenOctetsMax else {
            return nil
        }
        let hash = Secret.hash(String(parts[1]))
        for account in try await accounts.list().accounts {
            // What is compared is a hash: how far two agree tells nothing of the secret.
            if let token = account.tokens.first(where: { Secret.isSame($0.hash, hash) }) {
                return Access(account, token: token)
            }
        }
        return nil
    }

    /// What only a page of ours can have, for this browser: made of the secret of its cookie alone, so that a form goes
    /// on counting over a restart, and on another node.
    func seal(_ purpose: String, _ secret: String) -> String {
        Secret.urlText(Secret.seal(purpose, by: Array(secret.utf8)))
    }

    /// Reads a form, and sees that it is one of ours.
    ///
    /// - Returns: why it is refused.
    func readForm(_ visit: inout Visit) async throws -> Reply? {
        guard visit.origin.isOwn(visit.call) else { return .problem(403, "This form is of another site.") }
        let type = (visit.call.fields[.contentType] ?? "").prefix { $0 != ";" }.lowercased()
        guard type == "application/x-www-form-urlencoded" else {
            return .problem(415, "A form is sent as application/x-www-form-urlencoded.")
        }
        guard let form = FormFields(try await visit.call.body(octetsMax: FormFields.octetsMax)) else {
            return .problem(400, "The form can't be read.")
        }
        visit.form = form
        let expected = visit.session == nil ? visit.door.map { seal("door", $0) } : visit.csrf
        guard let expected, !expected.isEmpty,
            Secret.isSame(Array(expected.utf8), Array(form["csrf"].utf8))
        else {
            return isLoggedInAgain(visit) ? .redirect(Link(returning: form["next"]) ?? Link("/")) : Self.badForm(visit)
        }
        return nil
    }

    /// Whether it is the form for logging in, filled in by who has logged in already: a browser keeps the session's
    /// cookie back where a link of another site led here (SameSite=Strict), and is shown the form.
    private func isLoggedInAgain(_ visit: Visit) -> Bool {
        guard visit.call.path == "/login", let access = visit.access, let door = visit.door else { return false }
        return Secret.isSame(Array(seal("door", door).utf8), Array(visit.form["csrf"].utf8))
            && visit.form.text("name").map(Account.folded) == Account.folded(access.account)
    }

    private static func badForm(_ visit: Visit) -> Reply {
        if let access = visit.access, visit.call.path == "/login" {
            return .page(
                Page("You are logged in already", .none, status: 403) {
                    tag("p", text: "As \(access.account). To log in as somebody else, log out first.")
                    tag("p") { anchor(Link("/"), "To the overview") }
                })
        }
        return .page(
            Page("Load the page again", .none, status: 403) {
                tag("p", text: "This form is too old, or of another site. Go back, load the page again and retry.")
            })
    }
}

// MARK: Logging in and out

extension Dashboard {
    func loginPage(_ visit: Visit) async throws -> Reply {
        if visit.access != nil { return .redirect(Link(returning: visit.query["next"]) ?? Link("/")) }
        let next = visit.query["next"]
        return door(
            visit, next: next, complaint: hasLostForm(visit) ? "The session has ended; nothing was changed." : nil,
            status: 200,
            successor: isLedHere(visit) ? Link("/login", query: [("next", Link(returning: next)?.text)]) : nil)
    }

    /// Where a form leads whose session has ended: to logging in, which says that it was lost, and back to its page.
    func loginAgain(_ visit: Visit, _ segments: [String]) -> Reply {
        guard !visit.isProgram, visit.origin.isOwn(visit.call) else { return .login }
        // What acts on something is below its page.
        var place = segments
        while !place.isEmpty, !Route.all.contains(where: { $0.method == .get && $0.fits(place) }) { place.removeLast() }
        let next = place.isEmpty ? nil : Link("", place).text
        return .redirect(
            Link("/login", query: [("next", next), ("lost", lostSeal(visit))]))
    }

    /// Whether a form of this browser was lost. Anybody can write a link that says so.
    private func hasLostForm(_ visit: Visit) -> Bool {
        guard let seal = lostSeal(visit) else { return false }
        return Secret.isSame(Array(seal.utf8), Array(visit.query["lost"].utf8))
    }

    /// By what the browser still has: the cookie of the session that has ended, or the one of the page for logging in.
    private func lostSeal(_ visit: Visit) -> String? {
        let cookie = visit.cookie(Cookie.sessionName(isSecure: visit.origin.isSecure)) ?? visit.door
        return cookie.map { seal("lost", $0) }
    }

    /// Whether a link of another site led here. The browser has kept the session's cookie back then, if there is one
    /// (SameSite=Strict): it sends it where a page of ours leads on.
    private func isLedHere(_ visit: Visit) -> Bool {
        HTTPField.Name("Sec-Fetch-Site").flatMap { visit.call.fields[$0] } == "cross-site"
    }

    private func door(
        _ visit: Visit, next: String, complaint: String?, status: Int, successor: Link? = nil
    ) -> Reply {
        let isSecure = visit.origin.isSecure
        let isKnown = visit.door.map { (20...200).contains($0.utf8.count) } ?? false
        let secret = isKnown ? visit.door ?? "" : Secret.text(32)
        let csrf = seal("door", secret)
        var page = Page("Log in", .none, status: status) {
            if let complaint { tag("p", .classes("alert"), Attribute("role", "alert"), text: complaint) }
            tag("form", Attribute("method", "post"), Attribute("action", "/login")) {
                tag("input", .type("hidden"), .name("csrf"), .value(csrf))
                if Link(returning: next) != nil { tag("input", .type("hidden"), .name("next"), .value(next)) }
                field(
                    "Name", "name", value: visit.form["name"], Attribute("autocomplete", "username"),
                    Attribute("required"), Attribute("maxlength", "64"), Attribute("autocapitalize", "none"))
                field(
                    "Password", "password", type: "password", Attribute("autocomplete", "current-password"),
                    Attribute("required"), Attribute("maxlength", "1024"))
                tag("button", .type("submit"), text: "Log in")
            }
        }
        page.successor = successor
        guard !isKnown else { return .page(page) }
        return .cookies(
            [Cookie(name: Cookie.doorName(isSecure: isSecure), value: secret, isSecure: isSecure)], .page(page))
    }

    func logIn(_ visit: Visit) async throws -> Reply {
        let (name, password) = (visit.form.text("name") ?? "", visit.form["password"])
        let next = visit.form["next"]
        // A name that can't be one needs no place of its own among those that are counted.
        let counted = Account.isName(name) ? Account.folded(name) : ""
        let answer = try await look(at: password, of: counted, visit) { try await accounts.list()[name]?.password }
        if case .soon = answer { return Self.tooManyPasswords }
        let account = try await accounts.list()[name]
        if case .later(let seconds) = answer {
            auditRarely("log-in refused after too many wrong passwords", account: account?.name, visit)
            let text = "There were too many wrong passwords. Try again in \((seconds + 59) / 60) minutes."
            return .later(seconds, door(visit, next: next, complaint: text, status: 429))
        }
        guard case .right = answer, let account else {
            audit("log-in failed", account: account?.name, visit)
            return door(visit, next: next, complaint: "The name or the password is wrong.", status: 403)
        }
        audit("logged in", account: account.name, visit)
        // Always a session of its own: nobody can have planted one before.
        if let old = visit.session { try await sessions.end(old) }
        let isSecure = visit.origin.isSecure
        return .cookies(
            [
                try await sessionCookie(account, visit),
                Cookie(name: Cookie.doorName(isSecure: isSecure), value: nil, isSecure: isSecure),
            ], .redirect(Link(returning: next) ?? Link("/")))
    }

    func sessionCookie(_ account: Account, _ visit: Visit) async throws(AccountError) -> Cookie {
        let isSecure = visit.origin.isSecure
        return Cookie(
            name: Cookie.sessionName(isSecure: isSecure), value: try await sessions.begin(account, at: visit.now),
            isSecure: isSecure)
    }

    func logOut(_ visit: Visit) async throws -> Reply {
        if let session = visit.session { try await sessions.end(session) }
        audit("logged out", visit)
        let isSecure = visit.origin.isSecure
        return .cookies(
            [Cookie(name: Cookie.sessionName(isSecure: isSecure), value: nil, isSecure: isSecure)],
            .redirect(Link("/login")))
    }
}
