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
    private var header: [UInt8] = []
    /// Where the search for the header's end goes on.
    private var searched = 0
    private var octetCount = 0
    private var judge: Verifier.Judge?

    init(_ verifier: Verifier, _ envelope: MailEnvelope, explaining: Bool, settings: HTTPServiceSettings) {
        self.verifier = verifier
        self.envelope = envelope
        self.explaining = explaining
        self.settings = settings
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
        header += lineEnds.convert(octets)
        guard let end = Self.headerEnd(header, from: &searched) else {
            if header.count > settings.messageHeaderOctetsMax { try beginWithoutEmptyLine() }
            return
        }
        guard end <= settings.messageHeaderOctetsMax else {
            try beginWithoutEmptyLine()
            return
        }
        try begin(MailMessage(parsing: Array(header[..<end])), rest: header[end...])
    }

    /// Ends the message and waits for the judgement.
    mutating func finish() async throws -> HTTPJudgement {
        guard octetCount > 0 else { throw HTTPRefusal(400, "there is no message: the body is empty") }
        if judge == nil { try begin(MailMessage(parsing: header), rest: []) }
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
        header = []
        guard
            var judge = verifier.begin(MailTransaction(envelope: envelope, message: message), explaining: explaining)
        else { throw .overload(settings.retryAfterSeconds) }
        // Where a line that is no field ended the header, the body begins with it.
        if judge.needsBody { judge.update(message.bodyBytes) }
        if judge.needsBody { judge.update(rest) }
        self.judge = judge
    }

    /// A header may end without an empty line, at a line that is no field. Who sends a large text of other lines is
    /// told so by the verdict, and not by a limit.
    private mutating func beginWithoutEmptyLine() throws(HTTPRefusal) {
        let message = MailMessage(parsing: header)
        // The line must be there whole: what has come of it could still become a field.
        guard message.body.lowerBound <= settings.messageHeaderOctetsMax, message.bodyBytes.contains(.lineFeed) else {
            throw HTTPRefusal(
                413, "the header of the message is larger than \(settings.messageHeaderOctetsMax) octets")
        }
        try begin(message, rest: [])
    }

    /// Behind the first empty line, which ends the header if nothing ended it before; `searched` remembers how far
    /// there is none.
    static func headerEnd(_ octets: [UInt8], from searched: inout Int) -> Int? {
        var index = searched
        while let lineFeed = octets[index...].firstIndex(of: .lineFeed) {
            let isEmpty = lineFeed == 1 || (lineFeed > 1 && octets[lineFeed - 2] == .lineFeed)
            if isEmpty, octets[lineFeed - 1] == .carriageReturn { return lineFeed + 1 }
            index = lineFeed + 1
        }
        searched = index
        return nil
    }
}
