internal import MailNames

/// What somebody did that an administrator can want to know later, for the log: never a secret.
public struct DashboardNotice: Sendable, Hashable {
    /// What it was: one of few texts, such as `log-in failed`.
    public var text: String
    /// Whose it was; nil where there is no such account. What a stranger typed as a name is not here: it can be a
    /// password.
    public var account: String?
    /// The client's address; nil for this machine by a socket in the file system.
    public var address: String?
    /// What it was done to, such as another account; nil where the text says it all.
    public var subject: String?

    public init(_ text: String, account: String?, address: String?, subject: String? = nil) {
        self.text = text
        self.account = account
        self.address = address
        self.subject = subject
    }
}

extension Dashboard {
    /// Says what whoever asks has done.
    func audit(_ text: StaticString, _ visit: Visit, subject: String? = nil) {
        audit(text, account: visit.access?.account, visit, subject: subject)
    }

    /// Says what was done in the name of an account.
    func audit(_ text: StaticString, account: String?, _ visit: Visit, subject: String? = nil) {
        auditor(DashboardNotice("\(text)", account: account, address: visit.origin.client?.text, subject: subject))
    }
}
