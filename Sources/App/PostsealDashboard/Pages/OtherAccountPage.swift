internal import MailBytes
internal import Rendering

/// Another account, as those see it who manage accounts.
extension Dashboard {
    func otherAccountPage(_ visit: Visit) async throws -> Reply { try await otherAccountPage(visit, complaint: nil) }

    private func otherAccountPage(_ visit: Visit, complaint: String?, status: Int = 200) async throws -> Reply {
        guard let account = try await accounts.list()[visit.parameters.first ?? ""] else { return Self.noSuchAccount }
        let name = account.name
        let isOwn = name == visit.access?.account
        func action(_ verb: String) -> Attribute { Attribute("action", Link("/accounts", [name, verb]).text) }
        var page = Page(name, .accounts, status: status) {
            note(visit)
            if let complaint { tag("p", .classes("alert"), Attribute("role", "alert"), text: complaint) }
            card("What it may do") {
                if isOwn {
                    nothing("This is your own account; another administrator can change it.")
                } else {
                    tag("form", Attribute("method", "post"), action("change")) {
                        hidden(visit)
                        roleFields(
                            role: complaint == nil ? account.role.rawValue : visit.form["role"],
                            domains: complaint == nil
                                ? account.domains.joined(separator: ", ") : visit.form["domains"])
                        tag("button", .type("submit"), text: "Change it")
                    }
                }
            }
            if !isOwn {
                card("Another password") {
                    tag("form", Attribute("method", "post"), action("password")) {
                        hidden(visit)
                        field(
                            "New password", "password", type: "password", hint: "All its sessions end.",
                            Attribute("autocomplete", "new-password"), Attribute("required"))
                        tokenChoice(account)
                        tag("button", .type("submit"), text: "Set the password")
                    }
                }
                if !account.tokens.isEmpty { tokenCard(account, visit) }
                card("Remove it") {
                    tag(
                        "form", Attribute("method", "post"), action("remove"),
                        Attribute("data-ask", "Remove the account \(name)? Its sessions and tokens end at once.")
                    ) {
                        hidden(visit)
                        tag("p", text: "Its sessions and tokens end at once.")
                        tag("button", .type("submit"), .classes("danger"), text: "Remove the account")
                    }
                }
            }
        }
        page.trail = [(Link("/accounts"), "Accounts")]
        return .page(page)
    }

    /// The tokens of another account, which its password has no part in.
    private func tokenCard(_ account: Account, _ visit: Visit) -> HTML {
        let count = account.tokens.count
        return card("Tokens for programs") {
            tag("p", text: "\(count.of("token")) \(count == 1 ? "works" : "work"), whatever the password is.")
            tag("ul") {
                for token in account.tokens { tag("li", text: "\(token.label), made on \(token.created.day)") }
            }
            tag(
                "form", Attribute("method", "post"),
                Attribute("action", Link("/accounts", [account.name, "revoke"]).text),
                Attribute("data-ask", "End all tokens? Programs that use them are turned away at once.")
            ) {
                hidden(visit)
                tag("button", .type("submit"), .classes("danger"), text: "Revoke all tokens")
            }
        }
    }

    // MARK: Actions

    /// The account of the path, to be changed.
    ///
    /// - Throws: where there is none, or it is one's own: nobody can lock himself out.
    private func otherAccount(_ visit: Visit) async throws -> Account {
        guard let account = try await accounts.list()[visit.parameters.first ?? ""] else {
            throw Refusal(404, "There is no such account.")
        }
        guard account.name != visit.access?.account else {
            throw Refusal(403, "This is your own account; another administrator can change it.")
        }
        return account
    }

    private static let noSuchAccount = Reply.problem(404, "There is no such account.")

    func changeAccount(_ visit: Visit) async throws -> Reply {
        let name = try await otherAccount(visit).name
        let rights: (role: Account.Role, domains: [String])
        do throws(AccountError) {
            rights = try Account.rights(role: visit.form["role"], domains: visit.form["domains"])
        } catch {
            return try await otherAccountPage(visit, complaint: error.description.sentence + ".", status: 400)
        }
        try await accounts.change { list in
            list[exactly: name]?.role = rights.role
            list[exactly: name]?.domains = rights.domains
        }
        audit("account changed", visit, subject: "\(name), \(rights.role.rawValue)")
        return .redirect(done("changed", on: Link("/accounts", [name]), visit))
    }

    func resetPassword(_ visit: Visit) async throws -> Reply {
        let name = try await otherAccount(visit).name
        let password = visit.form["password"]
        if let complaint = PasswordHash.complaint(password, name: name) {
            return try await otherAccountPage(visit, complaint: "The password will not do: \(complaint).", status: 400)
        }
        guard let hash = await passwords.hash(password) else {
            return Self.tooManyPasswords
        }
        let revokes = isToRevokeTokens(visit)
        try await accounts.change { list in list[exactly: name]?.set(hash, revokingTokens: revokes) }
        try await sessions.endAll(of: name)
        audit("password set", visit, subject: name)
        if revokes { audit("tokens revoked", visit, subject: name) }
        return .redirect(done(revokes ? "reset-tokens" : "reset", on: Link("/accounts", [name]), visit))
    }

    func revokeTokens(_ visit: Visit) async throws -> Reply {
        let name = try await otherAccount(visit).name
        try await accounts.change { list in list[exactly: name]?.tokens = [] }
        audit("tokens revoked", visit, subject: name)
        return .redirect(done("revoked-all", on: Link("/accounts", [name]), visit))
    }

    func removeAccount(_ visit: Visit) async throws -> Reply {
        let name = try await otherAccount(visit).name
        try await accounts.change { list in list[exactly: name] = nil }
        try await sessions.endAll(of: name)
        audit("account removed", visit, subject: name)
        return .redirect(done("removed", on: Link("/accounts"), visit))
    }
}
