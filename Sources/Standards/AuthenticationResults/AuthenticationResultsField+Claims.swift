internal import MailBytes
public import MailFormat

extension AuthenticationResultsField {
    /// Why a field must go when a message comes in from outside.
    public enum RemovalReason: Hashable, Sendable {
        /// It says that we wrote it, or one below our name (RFC 8601 §5).
        case claimsOurs
        /// Its beginning follows no grammar, so that nobody knows whom a careless reader takes for its author.
        case unreadable
        /// It has a version that we don't know (RFC 8601 §5 demands its removal).
        case unsupportedVersion
        /// The message has more such fields than are read: ``AuthenticationResultsLimits/fieldsReadMax``.
        case tooMany
    }

    /// Whether this field says that the service of this identifier wrote it.
    ///
    /// All spellings of a domain name are one: capitals, A-labels and U-labels (RFC 8601 §5), dots at the end.
    /// Names below it count, too, because consumers trust them with it (RFC 8601 §2.5); so do identifiers that hold
    /// it beside other signs (`example.org/filter`).
    public func claims(authservID: String) -> Bool {
        AuthservIdentity(authservID).isClaimed(by: Array(self.authservID.utf8)[...])
    }

    /// Whether the identifier is this one, in any spelling of the domain name: narrower than ``claims(authservID:)``,
    /// to find one's own fields instead of forged ones.
    public func isWritten(by authservID: String) -> Bool {
        AuthservIdentity(authservID) == AuthservIdentity(self.authservID)
    }

    /// As ``claims(authservID:)``, for the value of a field as it came, which may be no field at all.
    ///
    /// It answers no only where the part in front of the first semicolon follows the grammar and names somebody
    /// else, in whatever way it is read: with its comments, without them, cut at a semicolon within quotes. A value
    /// that cannot be read so is taken for a claim: some reader in the house may read it.
    public static func claims(_ value: ArraySlice<UInt8>, authservID: String) -> Bool {
        switch removal(of: ByteCursor(Array(value)), [AuthservIdentity(authservID)]) {
        case .claimsOurs, .unreadable: true
        case .unsupportedVersion, .tooMany, nil: false
        }
    }

    /// The `Authentication-Results` fields that must be removed from a message that comes from outside, as positions
    /// in `header.fields`, from the top (RFC 8601 §5).
    ///
    /// - Parameter authservIDs: all identifiers that are in use on this side of the boundary.
    public static func removals(
        in header: HeaderSection, authservIDs: [String]
    ) -> [(position: Int, reason: RemovalReason)] {
        let identities = authservIDs.map(AuthservIdentity.init)
        return header.positions(named: fieldName).enumerated().compactMap { place, position in
            guard place < AuthenticationResultsLimits.fieldsReadMax else { return (position, .tooMany) }
            return removal(of: header.cursor(of: header.fields[position]), identities).map { (position, $0) }
        }
    }

    static func removal(of value: ByteCursor, _ identities: [AuthservIdentity]) -> RemovalReason? {
        let limits = AuthenticationResultsLimits()
        // Identifiers are short; one that has not ended here was not meant to be read.
        let end = value.position + min(value.remaining, limits.valueOctetsMax)
        var reader = AuthenticationResultsReader(
            ByteCursor(value.bytes, in: value.position..<end), .strictInternational, limits)
        let start = reader.cursor.position
        let head: AuthenticationResultsReader.Head
        do throws(AuthenticationResultsError) {
            head = try reader.head()
        } catch {
            let isOurs = identities.contains { $0.isMentioned(in: value.bytes[start..<end]) }
            if error.code == .unsupportedVersion { return isOurs ? .claimsOurs : .unsupportedVersion }
            return isOurs ? .claimsOurs : .unreadable
        }
        let written = value.bytes[start..<reader.cursor.position]
        if identities.contains(where: { $0.isClaimed(by: head.id[...]) || $0.isMentioned(in: written) }) {
            return .claimsOurs
        }
        let isWhole =
            String(validating: written, as: UTF8.self) != nil
            && (!reader.cursor.isAtEnd || end == value.end)
        return isWhole ? nil : .unreadable
    }
}
