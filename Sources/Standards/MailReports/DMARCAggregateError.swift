public import MailXML

/// Why a text is no aggregate report, or is not read as one.
public struct DMARCAggregateError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of reasons.
    public enum Problem: Hashable, Sendable {
        /// It is not XML that is read here.
        case xml(XMLProblem)
        /// Its first element is not `feedback`.
        case notFeedback
        /// It has neither metadata, nor a policy, nor records.
        case empty
        /// More than ``MailReportLimits/documentBytesMax``.
        case tooLarge
        /// More than ``MailReportLimits/recordsMax``.
        case tooManyRecords
        /// More than ``MailReportLimits/resultsMax`` or ``MailReportLimits/resultsPerRecordMax``.
        case tooManyResults
    }

    public var problem: Problem
    /// The line, from 1.
    public var line: Int
    /// The column in octets of UTF-8, from 1.
    public var column: Int

    /// A problem of the whole.
    init(_ problem: Problem) {
        self.problem = problem
        line = 1
        column = 1
    }

    init(_ problem: Problem, _ place: XMLSyntaxError) {
        self.problem = problem
        line = place.line
        column = place.column
    }

    init(_ error: XMLSyntaxError) { self.init(.xml(error.problem), error) }

    /// The problem as a word.
    public var word: String {
        switch problem {
        case .xml(let problem): problem.rawValue
        case .notFeedback: "not-feedback"
        case .empty: "empty"
        case .tooLarge: "too-large"
        case .tooManyRecords: "too-many-records"
        case .tooManyResults: "too-many-results"
        }
    }

    public var description: String {
        let sentence =
            switch problem {
            case .xml(let problem): problem.sentence
            case .notFeedback: "the first element is not 'feedback'"
            case .empty: "a report without metadata, policy and records"
            case .tooLarge: "a report of more than \(MailReportLimits.documentBytesMax) octets"
            case .tooManyRecords: "more than \(MailReportLimits.recordsMax) records"
            case .tooManyResults: "more results of DKIM and SPF than the limit"
            }
        return "\(sentence) at line \(line), column \(column)"
    }
}
