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

    func roleFields(role: String, domains: String) -> HTML {
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
            try await accounts.change { list throws(AccountError) in try list.add(account) }
        } catch {
            return try await refuse(error.description.sentence + ".")
        }
        audit("account made", visit, subject: "\(name), \(rights.role.rawValue)")
        return .redirect(done("added", on: Link("/accounts"), visit))
    }
}
