internal import MailBytes
internal import MailFormat
internal import PostsealEngine

/// A message as it comes in: its header is held until it is complete, its body goes on to the judge at once.
struct MessageReader<Verifier: HTTPVerifier>: ~Copyable {
    private let verifier: Verifier
    private let envelope: MailEnvelope
    private let explaining: Bool
    private let settings: HTTPServiceSettings
    private var lineEnds = NetworkLineEnds()
    private var header: HeaderCollector
    private var octetCount = 0
    private var judge: Verifier.Judge?

    init(_ verifier: Verifier, _ envelope: MailEnvelope, explaining: Bool, settings: HTTPServiceSettings) {
        self.verifier = verifier
        self.envelope = envelope
        self.explaining = explaining
        self.settings = settings
        header = HeaderCollector(octetsMax: settings.messageHeaderOctetsMax)
    }

    /// Takes in the next octets.
    mutating func add(_ octets: [UInt8]) throws(HTTPRefusal) {
        octetCount += octets.count
        guard octetCount <= settings.messageOctetsMax else { throw .tooLarge(max: settings.messageOctetsMax) }
        if judge != nil {
            guard judge?.needsBody == true else { return }
            judge?.update(lineEnds.convert(octets)[...])
            return
        }
        switch header.add(lineEnds.convert(octets)) {
        case .incomplete: return
        case .complete(let message, let rest): try begin(message, rest: rest[...])
        case .tooLarge:
            throw HTTPRefusal(
                413, "the header of the message is larger than \(settings.messageHeaderOctetsMax) octets")
        }
    }

    /// Ends the message and waits for the judgement.
    mutating func finish() async throws -> HTTPJudgement {
        guard octetCount > 0 else { throw HTTPRefusal(400, "there is no message: the body is empty") }
        if judge == nil { try begin(header.finish(), rest: []) }
        guard var judge else { return .failure }
        self.judge = nil
        return await judge.finish()
    }

    /// Gives the message up.
    mutating func abandon() {
        judge?.abandon()
        judge = nil
    }

    private mutating func begin(_ message: MailMessage, rest: ArraySlice<UInt8>) throws(HTTPRefusal) {
        guard
            var judge = verifier.begin(MailTransaction(envelope: envelope, message: message), explaining: explaining)
        else { throw .overload(settings.retryAfterSeconds) }
        // Where a line that is no field ended the header, the body begins with it.
        if judge.needsBody { judge.update(message.bodyBytes) }
        if judge.needsBody { judge.update(rest) }
        self.judge = judge
    }
}
