/// How much one evaluation may do.
public struct DMARCLimits: Hashable, Sendable {
    /// DNS questions of one tree walk. RFC 9989 §4.10 has eight.
    public static let walkQueriesMax = 8
    /// Labels that a long name is shortened to after the first question (RFC 9989 §4.10, step 4).
    static let shortenedLabels = 7
    /// Octets of a record that are read. A TXT record cannot hold more (RFC 1035 §3.2.10: 16-bit RDLENGTH).
    static let recordBytesMax = 65_535
    /// Tags of a record that are read. The registry has 14; the rest leaves room for what is unknown.
    static let tagsMax = 128
    /// Destinations that are kept of `rua` and of `ruf`. RFC 9989 has no number; each is one more mail to send.
    static let reportURIsMax = 50

    /// Identifiers of each mechanism that are walked for relaxed alignment. RFC 9989 has no number; each costs up
    /// to eight questions, and a sender can add signatures for nothing.
    public var identifiersMax: Int
    /// Author domains of one message that are evaluated (RFC 9989 §11.5 asks for a limit and names none).
    public var authorDomainsMax: Int

    /// The defaults: 20 identifiers of each mechanism, 8 author domains.
    public init(identifiersMax: Int = 20, authorDomainsMax: Int = 8) {
        self.identifiersMax = identifiersMax
        self.authorDomainsMax = authorDomainsMax
    }
}
