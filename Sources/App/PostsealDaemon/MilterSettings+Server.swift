internal import MilterProtocol
internal import MilterServer
internal import PostsealConfiguration

extension MilterSettings {
    /// The options of the server that these settings ask for.
    var serverOptions: MilterServerOptions {
        // Nothing but header fields is changed, and a message held: what is not asked for, nobody can be made to do.
        // The body comes without answers in between. Most mail is signed, and its body needed: a way there and back
        // for each piece would cost more than what is left out of the rest.
        var options = MilterServerOptions(
            preferences: MilterPreferences(
                actions: [.addHeader, .changeHeader, .quarantine], repliesToBody: false, macros: Self.macros))
        options.connectionsMax = connectionsMax
        options.idleTimeout = timeout
        options.messageTimeout = min(options.messageTimeout, timeout)
        return options
    }

    /// What mail servers are asked to tell, where they can be asked: who logged in, and their queue id. Postfix knows
    /// that for certain only at the end; Sendmail tells it at the beginning, and does not go by a list for the end.
    private static let macros = [
        MilterMacroList(.mail, ["i", "{auth_authen}", "{auth_type}"]),
        MilterMacroList(.endOfMessage, ["i"]),
    ]
}
