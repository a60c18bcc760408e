/// What became of one signature, in the words of RFC 8601 §2.7.1.
///
/// Which word for what: text that is no signature field is `neutral`, as RFC 8601 has it; what RFC 6376 §6.1 calls
/// PERMFAIL is `permerror`, TEMPFAIL `temperror`; a hash or signature that does not fit is `fail`; what would
/// verify but is not accepted here, a limit or `l=`, is `policy`.
public enum DKIMResult: String, Hashable, Sendable, CaseIterable {
    case none, pass, fail, policy, neutral, temperror, permerror
}

/// A verdict other than pass, with a clause that says what is wrong.
public struct DKIMFailure: Error, Hashable, Sendable, CustomStringConvertible {
    public var result: DKIMResult
    /// One clause in lower case, without content of the message beyond names of domains, tags and fields.
    public var reason: String

    public init(_ result: DKIMResult, _ reason: String) {
        self.result = result
        self.reason = reason
    }

    public var description: String { reason }
}
