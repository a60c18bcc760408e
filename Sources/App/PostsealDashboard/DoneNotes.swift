internal import PostsealHTTP

/// What a page says after a form: what was done.
extension Dashboard {
    /// What can have been done.
    private static let notes = [
        "password": "The password is changed. All other sessions have ended.", "revoked": "The token is revoked.",
        "added": "The account is made.", "changed": "The account is changed.", "removed": "The account is removed.",
        "accepted": "The report counts now.", "dropped": "The report is removed.",
        "reset": "The account has another password, and its sessions have ended.",
        "reset-tokens": "The account has another password; its sessions have ended, and its tokens are revoked.",
        "password-tokens": "The password is changed. All other sessions have ended, and all tokens are revoked.",
        "revoked-all": "All tokens of the account are revoked.",
    ]

    func note(_ visit: Visit) -> HTML {
        let word = visit.query["done"]
        guard let text = Self.notes[word], let session = visit.session,
            Secret.isSame(
                Array(seal(Self.doneSeal(word, visit.call.path), session).utf8), Array(visit.query["seal"].utf8))
        else { return HTML() }
        return tag("p", .classes("done"), Attribute("role", "status"), text: text)
    }

    /// A page that says what was done: there alone, and in this session alone. Anybody can write a link to it.
    ///
    /// - Parameter session: the secret of the cookie, where it is another one from now on.
    func done(_ word: String, on link: Link, _ visit: Visit, session: String? = nil) -> Link {
        guard let session = session ?? visit.session else { return link }
        let path = String(link.text.prefix { $0 != "?" })
        let mark = link.text.contains("?") ? "&" : "?"
        return Link(adding: "\(mark)done=\(word)&seal=\(seal(Self.doneSeal(word, path), session))", to: link)
    }

    private static func doneSeal(_ word: String, _ path: String) -> String { "done \(word) \(path)" }
}
