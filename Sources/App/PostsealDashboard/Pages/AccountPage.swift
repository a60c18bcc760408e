public import MailBytes
internal import PostsealHTTP
internal import Rendering

extension Dashboard {
    private func own(_ visit: Visit) async throws -> Account? {
        guard let name = visit.access?.account else { return nil }
        return try await accounts.list()[exactly: name]
    }

    func accountPage(_ visit: Visit) async throws -> Reply { try await accountPage(visit, complaint: nil) }

    private func accountPage(_ visit: Visit, complaint: String?, status: Int = 200) async throws -> Reply {
        guard let account = try await own(visit) else { return .login }
        return .page(
            Page("Your account", .account, status: status) {
                note(visit)
                if let complaint { tag("p", .classes("alert"), Attribute("role", "alert"), text: complaint) }
                card(account.name) {
                    tag("dl", .classes("facts")) {
                        fact("Role", account.role.rawValue)
                        fact("Sees", account.role == .viewer ? account.domains.joined(separator: ", ") : "all domains")
                        tag("dt", text: "Since")
                        tag("dd") { day(account.created) }
                    }
                }
                card("Password") { passwordForm(account, visit) }
                card("Tokens for programs") {
                    tokenList(account, visit)
                    tokenForm(visit)
                }
            })
    }

    private func passwordForm(_ account: Account, _ visit: Visit) -> HTML {
        tag("form", Attribute("method", "post"), Attribute("action", "/account/password")) {
            hidden(visit)
            field(
                "Present password", "password", type: "password", Attribute("autocomplete", "current-password"),
                Attribute("required"))
            field(
                "New password", "new", type: "password",
                hint: "\(PasswordHash.passwordLengthMin) characters at least. Long ones are better than odd ones.",
                Attribute("autocomplete", "new-password"), Attribute("required"))
            field(
                "New password again", "again", type: "password", Attribute("autocomplete", "new-password"),
                Attribute("required"))
            tokenChoice(account)
            tag("button", .type("submit"), text: "Change the password")
        }
    }

    private func tokenList(_ account: Account, _ visit: Visit) -> HTML {
        guard !account.tokens.isEmpty else { return nothing("There are none.") }
        return table("Tokens", [Column("For"), Column("Domains"), Column("Made"), Column("End it")]) {
            for token in account.tokens {
                tag("tr") {
                    heading("For") { token.label }
                    cell("Domains") { token.domains?.joined(separator: ", ") ?? "all that the account sees" }
                    cell("Made") { day(token.created) }
                    cell("End it") {
                        tag(
                            "form", Attribute("method", "post"),
                            Attribute("action", Link("/account/tokens", [token.id, "revoke"]).text),
                            Attribute("data-ask", "End this token? Programs that use it are turned away at once.")
                        ) {
                            hidden(visit)
                            tag(
                                "button", .type("submit"), .classes("danger"),
                                .label("Revoke the token for \(token.label)"),
                                text: "Revoke")
                        }
                    }
                }
            }
        }
    }

    private func tokenForm(_ visit: Visit) -> HTML {
        tag("form", Attribute("method", "post"), Attribute("action", "/account/tokens")) {
            tag("h3", text: "A new token")
            hidden(visit)
            field(
                "What it is for", "label", value: visit.form["label"], Attribute("required"),
                Attribute("maxlength", "100"))
            field(
                "Domains", "domains", value: visit.form["domains"],
                hint: "With blanks or commas between them; empty for all that you see.", Attribute("maxlength", "5000"))
            tag("button", .type("submit"), text: "Make a token")
        }
    }

    /// What becomes of tokens with another password: whoever knew the old one can have made some.
    func tokenChoice(_ account: Account) -> HTML {
        guard !account.tokens.isEmpty else { return HTML() }
        let count = account.tokens.count.of("token")
        return choice(
            "Tokens for programs", "tokens",
            [("keep", "keep: \(count), which work whatever the password is"), ("revoke", "revoke: \(count), at once")],
            chosen: "keep")
    }

    /// What a form says of that.
    func isToRevokeTokens(_ visit: Visit) -> Bool { visit.form["tokens"] == "revoke" }

    func hidden(_ visit: Visit) -> HTML { tag("input", .type("hidden"), .name("csrf"), .value(visit.csrf)) }

    // MARK: Actions

    func changePassword(_ visit: Visit) async throws -> Reply {
        guard let account = try await own(visit) else { return .login }
        let (old, new) = (visit.form["password"], visit.form["new"])
        switch try await look(at: old, of: Account.folded(account.name), visit, { account.password }) {
        case .right: break
        case .wrong:
            audit("change of a password failed", visit)
            return try await accountPage(visit, complaint: "The present password is wrong.", status: 403)
        case .soon: return Self.tooManyPasswords
        case .later(let seconds):
            auditRarely("change of a password refused after too many wrong ones", account: account.name, visit)
            return .later(seconds, .problem(429, "There were too many wrong passwords. Try again later."))
        }
        guard new == visit.form["again"] else {
            return try await accountPage(visit, complaint: "The new password was written in two ways.", status: 400)
        }
        if let complaint = PasswordHash.complaint(new, name: account.name) {
            return try await accountPage(visit, complaint: "The new password will not do: \(complaint).", status: 400)
        }
        guard let hash = await passwords.hash(new) else {
            return Self.tooManyPasswords
        }
        let revokes = isToRevokeTokens(visit)
        try await accounts.change { list in list[exactly: account.name]?.set(hash, revokingTokens: revokes) }
        try await sessions.endAll(of: account.name)
        audit("password changed", visit)
        if revokes { audit("tokens revoked", visit, subject: account.name) }
        guard let changed = try await own(visit) else { return .login }
        let cookie = try await sessionCookie(changed, visit)
        return .cookies(
            [cookie],
            .redirect(
                done(revokes ? "password-tokens" : "password", on: Link("/account"), visit, session: cookie.value)))
    }

    func makeToken(_ visit: Visit) async throws -> Reply {
        guard let account = try await own(visit), let access = visit.access else { return .login }
        guard let label = visit.form.text("label"), AccountToken.isLabel(label) else {
            return try await accountPage(
                visit, complaint: "Say what the token is for, in \(AccountToken.labelMax) characters at most.",
                status: 400)
        }
        let domains: [String]
        do throws(AccountError) {
            domains = try Account.domains(in: visit.form["domains"])
        } catch {
            return try await accountPage(visit, complaint: error.description.sentence + ".", status: 400)
        }
        if let foreign = domains.first(where: { !access.sees($0) }) {
            return try await accountPage(visit, complaint: "You don't see \(foreign) yourself.", status: 403)
        }
        let (secret, token) = AccountToken.make(label: label, domains: domains.isEmpty ? nil : domains, at: visit.now)
        do {
            try await accounts.change { list throws(AccountError) in
                guard let now = list[exactly: account.name], now.tokens.count < Account.tokensMax else {
                    throw AccountError("there are too many tokens")
                }
                list[exactly: account.name]?.tokens.append(token)
            }
        } catch {
            return try await accountPage(visit, complaint: error.description.sentence + ".", status: 400)
        }
        audit("token made", visit, subject: token.id)
        return .page(
            Page("A new token", .account) {
                card("For \(label)") {
                    tag("p", text: "This is shown once, now. Whoever has it sees what you see.")
                    tag("code", .classes("secret"), .id("token"), text: secret)
                    tag("p", text: "A program sends it with each request:")
                    written(
                        "The command", "curl -H 'Authorization: Bearer \(secret)' \(visit.origin.name)/api/v1/domains")
                    tag("p") { anchor(Link("/account"), "Back to your account") }
                }
            })
    }

    func revokeToken(_ visit: Visit) async throws -> Reply {
        guard let account = try await own(visit), let id = visit.parameters.first else { return .login }
        // Nothing that anybody can write into the address is in the log, and nothing that was not done.
        guard account.tokens.contains(where: { $0.id == id }) else {
            return .problem(404, "You have no such token: it is revoked already, or another account's.")
        }
        try await accounts.change { list in list[exactly: account.name]?.tokens.removeAll { $0.id == id } }
        audit("token revoked", visit, subject: id)
        return .redirect(done("revoked", on: Link("/account"), visit))
    }
}

extension AccountToken {
    /// A new token, and its secret, which is nowhere but here.
    public static func make(
        label: String, domains: [String]?, at now: UnixTime
    ) -> (secret: String, token: AccountToken) {
        let secret = "postseal_" + Secret.text(32)
        let token = AccountToken(
            id: newID(), label: label, hash: Secret.hash(secret), domains: domains, created: now)
        return (secret, token)
    }

    /// Letters and digits alone: one that began with '-' looked like an option.
    private static func newID() -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
        return String((0..<12).map { _ in letters[Int.random(in: letters.indices)] })
    }
}
