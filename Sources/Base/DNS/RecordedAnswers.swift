public import MailBytes
internal import MailNames

/// A recorded file of DNS answers: everything that exists, as far as an evaluation is concerned.
///
/// The form is a JSON array of answers as public DNS-over-HTTPS resolvers give them; `docs/recorded-dns.md`
/// describes it. A question that is not in the file has no data where the file has any name at or below it;
/// otherwise the name does not exist.
public struct RecordedAnswers: Sendable {
    private var answers: [DNSQuestion: DNSAnswer] = [:]
    /// Every name of the file and every name above one.
    private var existing: Set<DomainName> = []

    /// CNAMEs that are followed for one question; longer chains, and loops, are a server failure.
    static let aliasesMax = 16

    public init() {}

    /// Takes an answer in. Of two answers to one question the first is kept.
    public mutating func add(_ answer: DNSAnswer) {
        // RFC 8020: a name that is only mentioned as non-existent does not exist because of the mention.
        if answer.status != .nxDomain { markExisting(answer.question.name) }
        for record in answer.records { markExisting(record.name) }
        if answers[answer.question] == nil { answers[answer.question] = answer }
    }

    private mutating func markExisting(_ name: DomainName) {
        var current: DomainName? = name
        while let name = current, existing.insert(name).inserted { current = name.parent }
    }

    /// The recorded file: an entry a question, in the order of names and types, so that equal answers give
    /// equal files.
    public var file: JSONValue {
        let sorted = answers.values.sorted {
            ($0.question.name, $0.question.type.rawValue) < ($1.question.name, $1.question.type.rawValue)
        }
        return .array(sorted.map(\.recorded))
    }
}

extension RecordedAnswers: Resolver {
    public func answer(_ question: DNSQuestion) async -> DNSAnswer { lookUp(question) }

    /// As ``answer(_:)``, without waiting.
    public func lookUp(_ question: DNSQuestion) -> DNSAnswer {
        // Nearly every question is answered by one record in one step, and then that is the answer.
        if let answer = answers[question], answer.status == .noError, answer.records.count == 1,
            answer.records[0].type == question.type, answer.records[0].ttlSeconds == answer.ttlSeconds
        {
            return answer
        }
        return follow(question)
    }

    /// Follows aliases to the answer.
    private func follow(_ question: DNSQuestion) -> DNSAnswer {
        var chain: [DNSRecord] = []
        var name = question.name
        var security: DNSSECState?
        // The entry for the question itself, if it led here: it says how the whole chain ends.
        var said: DNSStatus?
        for _ in 0...Self.aliasesMax {
            let exists = existing.contains(name)
            let exact = answers[DNSQuestion(name, question.type)]
            guard let step = exact ?? answers[DNSQuestion(name, .cname)] else {
                let isSaid = said == .noError || said != nil && !exists
                return DNSAnswer(
                    question: question, status: exists || said == .noError ? .noError : .nxDomain, records: chain,
                    security: isSaid ? security ?? .insecure : .insecure,
                    ttlSeconds: chain.map(\.ttlSeconds).min() ?? 0)
            }
            // One unsigned link makes the whole answer unsigned.
            security = security == nil || security == step.security ? step.security : .insecure
            if step.status.isFailure {
                return DNSAnswer(
                    question: question, status: step.status, security: step.security, whyBogus: step.whyBogus)
            }
            chain += step.records
            let isComplete = step.records.contains { $0.type == question.type }
            guard !isComplete, question.type != .cname, let target = Self.target(of: name, in: step.records) else {
                return DNSAnswer(
                    question: question, status: isComplete ? .noError : step.status, records: chain,
                    security: security ?? .insecure,
                    ttlSeconds: chain.map(\.ttlSeconds).min() ?? step.ttlSeconds)
            }
            name = target
            said = exact?.status
        }
        return DNSAnswer(question: question, status: .serverFailure)
    }

    /// Where the aliases of an answer lead; nil if there are none. They may stand in any order, with signatures
    /// between them.
    private static func target(of name: DomainName, in records: [DNSRecord]) -> DomainName? {
        var end: DomainName?
        for _ in records {
            guard let alias = records.first(where: { $0.type == .cname && $0.name == end ?? name }),
                case .cname(let target) = alias.data
            else { break }
            end = target
        }
        return end
    }
}

/// Why a file is not a recorded file of DNS answers.
public struct RecordedAnswersError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A clause that says what is wrong and where.
    public var description: String
}

extension RecordedAnswers {
    /// Reads a recorded file.
    ///
    /// - Throws: where the text is not JSON (with line and column), an entry is not of the form (with its
    ///   number from 1), or one question is answered twice differently.
    public init(parsing bytes: [UInt8]) throws(RecordedAnswersError) {
        let value: JSONValue
        do throws(JSONSyntaxError) {
            value = try JSONValue(parsing: bytes)
        } catch {
            throw RecordedAnswersError(description: error.description)
        }
        guard case .array(let entries) = value else {
            throw RecordedAnswersError(description: "expected an array of answers")
        }
        for (index, entry) in entries.enumerated() {
            do throws(RecordedAnswersError) {
                for answer in try Self.answers(entry) {
                    if let earlier = answers[answer.question], earlier != answer {
                        throw RecordedAnswersError(description: "\(answer.question) is answered twice, differently")
                    }
                    add(answer)
                }
            } catch {
                throw RecordedAnswersError(description: "entry \(index + 1): \(error.description)")
            }
        }
    }

    private static func answers(_ entry: JSONValue) throws(RecordedAnswersError) -> [DNSAnswer] {
        guard case .object = entry else { throw RecordedAnswersError(description: "expected an object") }
        guard case .array(let questions)? = entry["Question"], !questions.isEmpty else {
            throw RecordedAnswersError(description: "expected 'Question', an array with a name and a type")
        }
        let (status, security) = try outcome(entry)
        var records: [DNSRecord] = []
        switch entry["Answer"] {
        case nil, .null?: break
        case .array(let values)?: for value in values { records.append(try record(value)) }
        default: throw RecordedAnswersError(description: "'Answer' is no array")
        }
        var answers: [DNSAnswer] = []
        for question in questions {
            answers.append(
                DNSAnswer(
                    question: DNSQuestion(try name(question), try type(question)), status: status,
                    records: status.isFailure ? [] : records, security: security,
                    ttlSeconds: records.map(\.ttlSeconds).min() ?? 0,
                    whyBogus: status == .bogus ? entry["Comment"]?.stringValue : nil))
        }
        return answers
    }

    private static func outcome(_ entry: JSONValue) throws(RecordedAnswersError) -> (DNSStatus, DNSSECState) {
        let unproved: DNSSECState = entry["CD"] == .bool(true) ? .indeterminate : .insecure
        let proved = entry["AD"] == .bool(true) ? DNSSECState.secure : unproved
        let failure = entry["Error"] == .null ? nil : entry["Error"]
        switch (entry["Status"], failure) {
        case (_, .string("timeout")?):
            let isBudget = entry["Comment"]?.stringValue == DNSAnswer.commentOnSpentBudget
            return (isBudget ? .budgetSpent : .timeout, .indeterminate)
        case (_, .string("bogus")?): return (.bogus, .bogus)
        case (_, .string(let text)?):
            throw RecordedAnswersError(description: "'Error' is '\(text)', not 'timeout' or 'bogus'")
        case (.integer(0)?, nil): return (.noError, proved)
        case (.integer(2)?, nil): return (.serverFailure, .indeterminate)
        case (.integer(3)?, nil): return (.nxDomain, proved)
        case (.integer(let code)?, nil):
            guard let code = UInt8(exactly: code) else { fallthrough }
            return (.otherCode(code), .indeterminate)
        default: throw RecordedAnswersError(description: "expected 'Status', an RCODE, or 'Error'")
        }
    }

    private static func record(_ value: JSONValue) throws(RecordedAnswersError) -> DNSRecord {
        let name = try name(value)
        let type = try type(value)
        guard let text = value["data"]?.stringValue else {
            throw RecordedAnswersError(description: "record of \(name.text) without 'data'")
        }
        guard let data = DNSRecordData(presentation: text, type: type) else {
            throw RecordedAnswersError(description: "\(type) record of \(name.text) with data that is not of that type")
        }
        let ttl = value["TTL"]?.integerValue ?? 0
        guard let ttlSeconds = UInt32(exactly: ttl) else {
            throw RecordedAnswersError(description: "record of \(name.text) with a TTL out of range")
        }
        return DNSRecord(name: name, type: type, ttlSeconds: ttlSeconds, data: data)
    }

    private static func name(_ value: JSONValue) throws(RecordedAnswersError) -> DomainName {
        guard let text = value["name"]?.stringValue else {
            throw RecordedAnswersError(description: "expected 'name'")
        }
        do throws(DomainNameError) {
            return try DomainName(written: text)
        } catch {
            throw RecordedAnswersError(description: "'name' is no domain name: \(error.description)")
        }
    }

    private static func type(_ value: JSONValue) throws(RecordedAnswersError) -> DNSRecordType {
        switch value["type"] {
        case .integer(let number)?:
            if let number = UInt16(exactly: number) { return DNSRecordType(rawValue: number) }
        case .string(let text)?:
            if let type = DNSRecordType(text: text) { return type }
        default: break
        }
        throw RecordedAnswersError(description: "expected 'type', a record type's number or mnemonic")
    }
}
