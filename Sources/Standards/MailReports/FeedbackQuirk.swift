/// Something in a feedback report that is not as RFC 5965, RFC 6591 and RFC 9991 have it, and leaves no doubt.
public enum FeedbackQuirk: UInt8, Hashable, Sendable, CaseIterable {
    /// The report is in another multipart than `multipart/report; report-type=feedback-report`.
    case wrongMultipart
    /// The machine-readable part has another media type.
    case wrongMediaType
    /// The machine-readable part is in base64 or quoted-printable (RFC 5965 §7.1 has 7bit alone).
    case encodedFields
    /// A byte order mark in front of the fields.
    case byteOrderMark
    /// A line among the fields that is no field, or is empty.
    case badField
    /// Not `auth-failure`, but a report of abuse.
    case notAuthenticationFailure
    case feedbackTypeMissing
    case userAgentMissing
    case versionMissing
    /// A version that is not `1`.
    case badVersion
    /// A field twice that may stand once; the first counts.
    case repeatedField
    /// `Received-Date`, the old name of `Arrival-Date`.
    case receivedDate
    /// A date that cannot be read.
    case badDate
    /// Something beside the address in `Source-IP`.
    case sourceWithText
    /// A `Source-IP` that is no address.
    case badSource
    /// A `Source-Port` that is no number up to 65535; left out.
    case badSourcePort
    /// `Incidents` that is no number.
    case badIncidents
    /// No `Auth-Failure`, which RFC 6591 §3.2.1 requires.
    case authFailureMissing
    /// A failure that no RFC has.
    case unknownAuthFailure
    /// A delivery that no RFC has.
    case unknownDeliveryResult
    /// No `Authentication-Results`, which RFC 6591 §3.1 requires.
    case resultsMissing
    /// No `Reported-Domain`, which RFC 6591 §3.1 requires.
    case reportedDomainMissing
    /// No `DKIM-Domain`, `DKIM-Identity` or `DKIM-Selector`, where RFC 6591 §3.2.3 or RFC 9991 §4 requires all of them.
    case signatureFieldMissing
    /// No `DKIM-ADSP-DNS`, which RFC 6591 §3.2.5 requires for `adsp`.
    case adspRecordMissing
    /// No `SPF-DNS`, which RFC 6591 §3.2.6 requires for each record that was used.
    case spfRecordMissing
    /// No `Identity-Alignment`, which RFC 9991 §4 requires in reports of DMARC.
    case identityAlignmentMissing
    /// An `Identity-Alignment` that is neither `none` nor a list of `dkim` and `spf`.
    case badIdentityAlignment
    /// No message, which RFC 5965 §2 requires, nor its header.
    case originalMissing

    /// The quirk as a word: `received-date`.
    public var word: String {
        var word = ""
        for character in "\(self)" {
            if character.isUppercase { word += "-" }
            word += character.lowercased()
        }
        return word
    }
}

/// Why octets are no feedback report.
public struct FeedbackReportError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of reasons.
    public enum Problem: String, Hashable, Sendable {
        /// No field that could be read.
        case noFields = "no-fields"
        /// Neither a type, nor a source, nor a failure: nothing that makes a report.
        case notFeedback = "not-feedback"
        /// More than ``MailReportLimits/feedbackBytesMax``.
        case tooLarge = "too-large"
        /// More than ``MailReportLimits/feedbackFieldsMax``.
        case tooManyFields = "too-many-fields"
    }

    public var problem: Problem

    init(_ problem: Problem) { self.problem = problem }

    public var description: String {
        switch problem {
        case .noFields: "the feedback part has no fields"
        case .notFeedback: "the feedback part names neither a type, nor a source, nor a failure"
        case .tooLarge: "a feedback part of more than \(MailReportLimits.feedbackBytesMax) octets"
        case .tooManyFields: "more than \(MailReportLimits.feedbackFieldsMax) fields"
        }
    }
}
