internal import MailBytes
internal import Rendering

extension Dashboard {
    func accountsPage(_ visit: Visit) async throws -> Reply { try await accountsPage(visit, complaint: nil) }

    private func accountsPage(_ visit: Visit, complaint: String?, status: Int = 200) async throws -> Reply {
        let list = try await accounts.list()
        return .page(
            Page("Accounts", .accounts, status: status) {
                note(visit)
                if let complaint { tag("p", .classes("alert"), Attribute("role", "alert"), text: complaint) }
                card(list.accounts.count.of("account")) {
                    table(
                        "Accounts",
                        [Column("Name"), Column("Role"), Column("Sees"), .number("Tokens"), Column("Since")]
                    ) {
                        for account in list.accounts {
                            tag("tr") {
                                heading("Name") { anchor(Link("/accounts", [account.name]), account.name) }
                                cell("Role") { account.role.rawValue }
                                cell("Sees") {
                                    account.role == .viewer
                                        ? account.domains.joined(separator: ", ").shortened(200) : "all domains"
                                }
                                number("Tokens", account.tokens.count)
                                cell("Since") { day(account.created) }
                            }
                        }
                    }
                }
                card("A new account") {
                    tag("form", Attribute("method", "post"), Attribute("action", "/accounts")) {
                        hidden(visit)
                        field(
                            "Name", "name", value: visit.form["name"], Attribute("required"),
                            Attribute("maxlength", "64"),
                            Attribute("autocomplete", "off"))
                        roleFields(role: visit.form["role"], domains: visit.form["domains"])
                        field(
                            "Password", "password", type: "password",
                            hint: "\(PasswordHash.passwordLengthMin) characters at least. Its owner can change it.",
                            Attribute("autocomplete", "new-password"), Attribute("required"))
                        tag("button", .type("submit"), text: "Make the account")
                    }
                }
            })
    }

    private func roleFields(role: String, domains: String) -> HTML {
        HTML([
            choice(
                "Role", "role",
                [
                    ("viewer", "viewer: sees its domains"), ("operator", "operator: sees everything"),
                    ("administrator", "administrator: manages accounts too"),
                ], chosen: role.isEmpty ? "viewer" : role),
            field(
                "Domains of a viewer", "domains", value: domains,
                hint: "With blanks or commas between them. What is below them is seen, too.",
                Attribute("maxlength", "20000")),
        ])
    }

    func otherAccountPage(_ visit: Visit) async throws -> Reply { try await otherAccountPage(visit, complaint: nil) }

    private func otherAccountPage(_ visit: Visit, complaint: String?, status: Int = 200) async throws -> Reply {
        guard let name = visit.parameters.first, let account = try await accounts.list()[name] else {
            return Self.noSuchAccount
        }
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
                        tag("button", .type("submit"), text: "Set the password")
                    }
                }
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

    // MARK: Actions

    func addAccount(_ visit: Visit) async throws -> Reply {
        let (name, password) = (visit.form.text("name") ?? "", visit.form["password"])
        func refuse(_ complaint: String) async throws -> Reply {
            try await accountsPage(visit, complaint: complaint, status: 400)
        }
        guard Account.isName(name) else {
            return try await refuse(
                "A name has letters, digits, '.', '-', '_' and '@', and \(Account.nameMax) of them at most.")
        }
        let rights: (role: Account.Role, domains: [String])
        do throws(AccountError) {
            rights = try Account.rights(role: visit.form["role"], domains: visit.form["domains"])
        } catch {
            return try await refuse(error.description.sentence + ".")
        }
        if let complaint = PasswordHash.complaint(password, name: name) {
            return try await refuse("The password will not do: \(complaint).")
        }
        guard let hash = await passwords.hash(password) else {
            return Self.tooManyPasswords
        }
        let account = Account(
            name: name, role: rights.role, domains: rights.domains, password: hash, created: visit.now,
            generation: Account.newGeneration)
        do {
            try await accounts.change { list throws(AccountError) in
                guard list[name] == nil else { throw AccountError("there is an account of this name") }
                list[name] = account
            }
        } catch {
            return try await refuse(error.description.sentence + ".")
        }
        audit("account made", visit, subject: "\(name), \(rights.role.rawValue)")
        return .redirect(done("added", on: Link("/accounts"), visit))
    }

    /// Why an account of the path is not changed; nil where it is there, and not one's own: nobody can lock himself
    /// out.
    private func refusal(_ visit: Visit, _ name: String) async throws -> Reply? {
        if name == visit.access?.account {
            return .problem(403, "This is your own account; another administrator can change it.")
        }
        return try await accounts.list()[name] == nil ? Self.noSuchAccount : nil
    }

    private static let noSuchAccount = Reply.problem(404, "There is no such account.")

    func changeAccount(_ visit: Visit) async throws -> Reply {
        let name = visit.parameters.first ?? ""
        if let refusal = try await refusal(visit, name) { return refusal }
        let rights: (role: Account.Role, domains: [String])
        do throws(AccountError) {
            rights = try Account.rights(role: visit.form["role"], domains: visit.form["domains"])
        } catch {
            return try await otherAccountPage(visit, complaint: error.description.sentence + ".", status: 400)
        }
        try await accounts.change { list in
            list[name]?.role = rights.role
            list[name]?.domains = rights.domains
        }
        audit("account changed", visit, subject: "\(name), \(rights.role.rawValue)")
        return .redirect(done("changed", on: Link("/accounts", [name]), visit))
    }

    func resetPassword(_ visit: Visit) async throws -> Reply {
        let name = visit.parameters.first ?? ""
        if let refusal = try await refusal(visit, name) { return refusal }
        let password = visit.form["password"]
        if let complaint = PasswordHash.complaint(password, name: name) {
            return try await otherAccountPage(visit, complaint: "The password will not do: \(complaint).", status: 400)
        }
        guard let hash = await passwords.hash(password) else {
            return Self.tooManyPasswords
        }
        try await accounts.change { list in
            list[name]?.password = hash
            list[name]?.generation += 1
        }
        try await sessions.endAll(of: name)
        audit("password set", visit, subject: name)
        return .redirect(done("reset", on: Link("/accounts", [name]), visit))
    }

    func removeAccount(_ visit: Visit) async throws -> Reply {
        let name = visit.parameters.first ?? ""
        if let refusal = try await refusal(visit, name) { return refusal }
        try await accounts.change { list in list[name] = nil }
        try await sessions.endAll(of: name)
        audit("account removed", visit, subject: name)
        return .redirect(done("removed", on: Link("/accounts"), visit))
    }
}
