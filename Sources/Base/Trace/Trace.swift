public import DNS

/// A place in a standard: `RFC 7208 §4.6.4`.
public struct Citation: Hashable, Sendable, CustomStringConvertible {
    /// What is cited, such as `RFC 7208`.
    public var document: String
    /// The section's number, without a sign.
    public var section: String?

    public init(_ document: String, _ section: String? = nil) {
        self.document = document
        self.section = section
    }

    /// A place in an RFC.
    public static func rfc(_ number: Int, _ section: String? = nil) -> Citation {
        Citation("RFC \(number)", section)
    }

    public var description: String { section.map { "\(document) §\($0)" } ?? document }
}

/// One step of an evaluation.
public struct TraceStep: Hashable, Sendable {
    /// What kind of step it is, with what the kind needs.
    public enum Kind: Hashable, Sendable {
        /// A question and what came back; nil if the answer came out of a cache of parsed records.
        case asked(DNSQuestion, DNSAnswer?)
        /// Something read or computed: a record, a hash, an address.
        case found
        /// Two things held against each other; the value says whether they agreed.
        case compared(Bool)
        /// A rule that settled a result.
        case decided
        /// A limit that was reached.
        case limit
    }

    /// How deep the evaluation was: 0 at the top, one more in each `include`, signature or ARC set.
    public var depth: Int
    public var kind: Kind
    /// One clause for a person, without mail content beyond domains, names and addresses that were compared.
    public var text: String
    public var citation: Citation?

    public init(depth: Int, kind: Kind, text: String, citation: Citation? = nil) {
        self.depth = depth
        self.kind = kind
        self.text = text
        self.citation = citation
    }
}

/// What an evaluation asked, found, compared and decided, in order; or nothing at all, if nobody wants to know.
///
/// Texts are closures, so that a trace that is switched off costs nothing.
public struct Trace: Hashable, Sendable {
    public private(set) var steps: [TraceStep] = []
    /// Whether steps are kept.
    public let isEnabled: Bool
    /// The depth of the next step.
    public var depth = 0
    /// More steps than this are counted, not kept: a hostile record must not fill the memory.
    public static let stepsMax = 10_000
    /// How many steps were left out.
    public private(set) var omitted = 0

    /// A trace that keeps what it is told.
    public static var enabled: Trace { Trace(isEnabled: true) }
    /// A trace that keeps nothing.
    public static let disabled = Trace(isEnabled: false)

    public init(isEnabled: Bool) { self.isEnabled = isEnabled }

    /// Adds a step of any kind, if somebody wants to know.
    public mutating func add(_ kind: TraceStep.Kind, _ citation: Citation? = nil, _ text: @autoclosure () -> String) {
        guard isEnabled else { return }
        guard steps.count < Self.stepsMax else {
            omitted += 1
            return
        }
        steps.append(TraceStep(depth: depth, kind: kind, text: text(), citation: citation))
    }

    /// A question with its answer.
    public mutating func asked(_ answer: DNSAnswer, _ citation: Citation? = nil) {
        add(.asked(answer.question, answer), citation, "")
    }

    /// Something read or computed.
    public mutating func found(_ text: @autoclosure () -> String, _ citation: Citation? = nil) {
        add(.found, citation, text())
    }

    /// Two things held against each other.
    public mutating func compared(_ agreed: Bool, _ text: @autoclosure () -> String, _ citation: Citation? = nil) {
        add(.compared(agreed), citation, text())
    }

    /// A rule that settled a result.
    public mutating func decided(_ text: @autoclosure () -> String, _ citation: Citation? = nil) {
        add(.decided, citation, text())
    }

    /// A limit that was reached.
    public mutating func limit(_ text: @autoclosure () -> String, _ citation: Citation? = nil) {
        add(.limit, citation, text())
    }

    /// Adds the steps of a part of the evaluation that ran by itself, one level deeper.
    public mutating func append(_ part: Trace) {
        guard isEnabled else { return }
        for var step in part.steps {
            guard steps.count < Self.stepsMax else {
                omitted += 1
                continue
            }
            step.depth += depth
            steps.append(step)
        }
        omitted += part.omitted
    }
}
