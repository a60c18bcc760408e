internal import DKIM
internal import DNS
internal import FoundationEssentials
internal import MailBytes
internal import MailFormat
internal import PostsealEngine
internal import Rendering
internal import SPF
internal import UnboundResolver

/// What became of one file.
enum CheckedFile: Sendable {
    case message(MessageReport)
    case unreadable(path: String, sentence: String)
}

/// Checks message files on all cores, and hands the results on in the order of the files.
struct MessageChecker: Sendable {
    let resolver: DNSSession
    let envelopes: Envelopes
    let authservID: String
    let options: InspectionOptions
    let policy: DecisionPolicy
    let time: UnixTime
    private let records = SPFRecordCache()
    private let keys = DKIMKeyCache()

    init(
        resolver: DNSSession, envelopes: Envelopes, authservID: String,
        options: InspectionOptions, policy: DecisionPolicy, time: UnixTime
    ) {
        self.resolver = resolver
        self.envelopes = envelopes
        self.authservID = authservID
        self.options = options
        self.policy = policy
        self.time = time
    }

    /// Messages that are in memory at once, for each core.
    private static let filesAheadOfPrinter = 4

    func check(_ paths: [InputPath], each: (CheckedFile) -> Void) async {
        let window = ProcessInfo.processInfo.activeProcessorCount * Self.filesAheadOfPrinter
        await withTaskGroup(of: (Int, CheckedFile).self) { group in
            var started = 0
            var done: [Int: CheckedFile] = [:]
            for printed in paths.indices {
                while started < paths.count, started - printed < window {
                    let (index, path) = (started, paths[started])
                    group.addTask { (index, await check(path)) }
                    started += 1
                }
                while done[printed] == nil, let (index, file) = await group.next() { done[index] = file }
                if let file = done.removeValue(forKey: printed) { each(file) }
            }
        }
    }

    @concurrent
    private func check(_ path: InputPath) async -> CheckedFile {
        let message: MailMessage
        let name = path.description
        do {
            message = try FileInput.message(path)
        } catch {
            return .unreadable(path: name, sentence: (error as? CommandFailure)?.sentence ?? "cannot read \(name)")
        }
        let envelope = envelopes.envelope(of: name)
        let transaction = MailTransaction(
            clientAddress: envelope.clientAddress, helo: envelope.helo, mailFrom: envelope.mailFrom,
            recipients: envelope.recipients, message: message, receivedAt: time)
        let shares = DNSBudget().resolvers(resolver)
        // A trace has to show every question, so nothing is taken from the caches of parsed records then.
        let inspector = Inspector(
            resolver: BudgetedSession(resolver, shares.checks),
            policyResolver: BudgetedSession(resolver, shares.policy), options: options,
            records: options.tracing ? nil : records, keys: options.tracing ? nil : keys)
        let findings = await inspector.inspect(transaction)
        return .message(
            MessageReport(
                name: name, findings: findings, decision: policy.decide(findings),
                authenticationResults: findings.authenticationResults(authservID: authservID)))
    }
}
