/// Whoever answers DNS questions: a validating resolver, a recorded file, a table in a test.
///
/// Promises: every call returns, with a status where there is no answer; CNAMEs are followed; a record
/// set that fails DNSSEC validation is withheld (``DNSStatus/bogus``); cancelling the task ends the
/// look-up as a time-out. Conforming types bound their own time.
public protocol Resolver: Sendable {
    func answer(_ question: DNSQuestion) async -> DNSAnswer
}
