internal import MailBytes
internal import MailFormat
internal import MailNames
internal import Trace

/// A signature field that was read. An object, because it is handed around a good deal.
final class ParsedField: Sendable {
    let signature: DKIMSignature
    /// The octets of `b=` that are left out of the hash.
    let blank: Range<Int>

    init(_ signature: DKIMSignature, blank: Range<Int>) {
        self.signature = signature
        self.blank = blank
    }
}

/// A signature field of a message, on its way to an outcome.
struct DKIMCandidate: Sendable {
    /// The position of the field in the header.
    let position: Int
    /// What is reported, filled in as far as it is known.
    var outcome: DKIMOutcome
    /// The signature; nil if the outcome is settled without key and body.
    let field: ParsedField?
    /// Which body hash it needs.
    var bodySlot = 0

    /// Reads a field, and checks what needs neither key nor body.
    init(position: Int, header: HeaderSection, options: DKIMOptions, at now: UnixTime, tracing: Bool) {
        self.position = position
        var trace = tracing ? Trace.enabled : Trace.disabled
        var outcome = DKIMOutcome(result: .neutral)
        var field: ParsedField?
        do throws(DKIMSyntaxError) {
            let tags = try DKIMTagList(header.bytes, in: header.fields[position].value)
            outcome.signaturePrefix = tags.prefix(of: "b")
            let parsed: DKIMSignature
            do throws(DKIMSyntaxError) {
                parsed = try DKIMSignature(tags)
            } catch {
                Self.describe(tags, in: &outcome)
                throw error
            }
            outcome.setSignedFieldList(parsed.fieldNames.text)
            outcome.domain = parsed.domain
            outcome.selector = parsed.selector
            outcome.algorithm = parsed.algorithm.rawValue
            outcome.identity = parsed.identity?.text ?? "@" + parsed.domain.text
            trace.found(
                "signature of \(parsed.domain.text), selector \(parsed.selector.text), \(parsed.algorithm.rawValue), "
                    + "\(parsed.canonicalization.text), over \(parsed.fieldNames.count) fields", .rfc(6376, "6.1.1"))
            if let failure = Self.objection(to: parsed, options: options, at: now, &trace) {
                outcome.result = failure.result
                outcome.reason = failure.reason
            } else {
                field = ParsedField(parsed, blank: try tags.required("b").extent)
            }
        } catch {
            outcome.result = error.result
            outcome.reason = "\(error.result == .neutral ? "malformed signature field: " : "")\(error)"
            trace.decided("the signature is not verified: \(error)", .rfc(6376, "6.1.1"))
        }
        outcome.trace = trace
        self.outcome = outcome
        self.field = field
    }

    /// What can be said of a field that turned out to be void.
    private static func describe(_ tags: DKIMTagList, in outcome: inout DKIMOutcome) {
        outcome.domain = try? tags.domain()
        outcome.selector = try? tags.selector()
        if let list = tags.value("h") { outcome.setSignedFieldList(Array(list)) }
        if let word = tags.value("a"), word.count <= 32, word.allSatisfy({ $0.isTokenCharacter }) {
            outcome.algorithm = String(lossy: word)
        }
    }

    /// What speaks against a well-formed signature before anything is hashed or asked.
    private static func objection(
        to signature: DKIMSignature, options: DKIMOptions, at now: UnixTime, _ trace: inout Trace
    ) -> DKIMFailure? {
        // RFC 6376 §6.1.1: domains that sign for nobody.
        if options.refusedDomains.contains(signature.domain) {
            return DKIMFailure(.policy, "signatures of \(signature.domain.text) are not accepted here")
        }
        // RFC 6376 §3.5: past x=, with room for clocks that differ.
        if let expiresAt = signature.expiresAt {
            let isOver = now > expiresAt.adding(seconds: options.clockSkewSeconds)
            trace.compared(!isOver, "time \(now.seconds), x= \(expiresAt.seconds)", .rfc(6376, "3.5"))
            if isOver { return DKIMFailure(.permerror, "the signature expired at \(expiresAt.printed)") }
        }
        if let signedAt = signature.signedAt, signedAt > now.adding(seconds: options.clockSkewSeconds) {
            trace.compared(false, "time \(now.seconds), t= \(signedAt.seconds)", .rfc(6376, "3.5"))
            if options.refusesFutureSignatures {
                return DKIMFailure(.policy, "the signature is dated \(signedAt.printed), in the future")
            }
        }
        return nil
    }
}

extension UnixTime {
    /// RFC 3339 for the years that it can write, seconds for others.
    fileprivate var printed: String { seconds < 253_402_300_800 ? rfc3339 : "\(seconds)" }
}
