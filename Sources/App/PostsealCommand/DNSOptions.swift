internal import ArgumentParser
internal import DNS
internal import FoundationEssentials
internal import MailBytes
internal import UnboundResolver

/// The options of every command that asks DNS, and the clock.
struct DNSOptions: ParsableArguments {
    @Option(
        name: .customLong("dns"),
        help: ArgumentHelp("Answer DNS questions from this recorded file only.", valueName: "file"))
    var recordedFile: String?

    @Option(
        name: .customLong("record"),
        help: ArgumentHelp("Write what was asked and answered to this file.", valueName: "file"))
    var recordFile: String?

    @Option(
        name: .customLong("resolver"),
        help: ArgumentHelp("Ask this DNS server instead of the system's.", valueName: "addr[:port]"))
    var server: String?

    @Option(
        name: .customLong("trust-anchor"),
        help: ArgumentHelp("Validate DNSSEC from the anchors in this file.", valueName: "file"))
    var trustAnchor: String?

    @Option(
        name: .customLong("at"),
        help: ArgumentHelp("Take this as the time: RFC 3339, or Unix seconds.", valueName: "time"))
    var time: String?

    func validate() throws {
        if recordedFile != nil, server != nil {
            throw ValidationError("--dns answers from a file alone and --resolver asks a server: give one of them")
        }
        if recordedFile != nil, trustAnchor != nil {
            throw ValidationError(
                "--trust-anchor has no meaning with --dns: a recorded file says itself what is proved")
        }
        if let time, UnixTime(text: time) == nil {
            throw ValidationError("--at '\(time)' is neither an RFC 3339 time nor a number of Unix seconds")
        }
    }

    /// The clock that the options give, or the system's.
    var now: UnixTime {
        if let time, let parsed = UnixTime(text: time) { return parsed }
        return UnixTime(seconds: Int64(Date().timeIntervalSince1970))
    }

    /// Whether the command was told where to ask; some commands ask only then.
    var isExplicit: Bool { recordedFile != nil || server != nil || trustAnchor != nil }

    /// Makes the resolver that the options describe.
    func session() throws -> DNSSession {
        let source: AnswerSource
        if let recordedFile {
            do {
                source = .recorded(try RecordedAnswers(parsing: try FileInput.read(recordedFile)))
            } catch let error as RecordedAnswersError {
                throw CommandFailure("\(recordedFile) is no recorded file of DNS answers: \(error.description)")
            }
        } else {
            source = .live(try Self.liveResolver(server: server, trustAnchor: trustAnchor))
        }
        return DNSSession(source: source, recordFile: recordFile)
    }

    private static func liveResolver(server: String?, trustAnchor: String?) throws -> UnboundResolver {
        var configuration = UnboundConfiguration()
        if let server {
            guard let address = ServerAddress(server) else {
                throw CommandFailure("--resolver '\(server)' is no IP address with an optional port")
            }
            configuration.servers = [address]
        }
        if let trustAnchor {
            _ = try FileInput.read(trustAnchor)
            configuration.trustAnchorFile = trustAnchor
        }
        do {
            return try UnboundResolver(configuration: configuration)
        } catch {
            throw CommandFailure("cannot start the DNS resolver: \(error)")
        }
    }
}

/// The resolver of one run of the command, which remembers everything for `--record`.
struct DNSSession: DeadlineResolver {
    private let recorder: AnswerRecorder<AnswerSource>
    private let recordFile: String?

    init(source: AnswerSource, recordFile: String?) {
        recorder = AnswerRecorder(source)
        self.recordFile = recordFile
    }

    func answer(_ question: DNSQuestion) async -> DNSAnswer {
        recordFile == nil ? await recorder.upstream.answer(question) : await recorder.answer(question)
    }

    func answer(_ question: DNSQuestion, by deadline: ContinuousClock.Instant) async -> DNSAnswer {
        let answer = await recorder.upstream.answer(question, by: deadline)
        if recordFile != nil { recorder.record(answer) }
        return answer
    }

    /// Remembers an answer that came about without a question to this session.
    func record(_ answer: DNSAnswer) {
        if recordFile != nil { recorder.record(answer) }
    }

    /// Writes the recorded file, if one was asked for. Call when all questions are answered.
    func finish() throws {
        guard let recordFile else { return }
        try FileOutput.write(Array((recorder.recorded.file.indentedText + "\n").utf8), to: recordFile)
    }
}

/// A message's share of a session, which has `--record` remember also what was not asked any more: left out of the
/// file, it would be a name that does not exist when the file is replayed.
struct BudgetedSession: Resolver {
    private let session: DNSSession
    private let budgeted: BudgetedResolver<DNSSession>

    init(_ session: DNSSession, _ budgeted: BudgetedResolver<DNSSession>) {
        self.session = session
        self.budgeted = budgeted
    }

    func answer(_ question: DNSQuestion) async -> DNSAnswer {
        let answer = await budgeted.answer(question)
        if answer.status == .budgetSpent { session.record(answer) }
        return answer
    }
}
