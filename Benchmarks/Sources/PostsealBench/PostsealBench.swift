import DKIM
import DMARC
import DNS
import Dispatch
import Foundation
import MailBytes
import MailFormat
import MailNames
import MailReports
import PostsealEngine
import SPF

/// `postseal-bench OP SIZE ALG SECONDS`: one row of the benchmark folder.
/// `postseal-bench count OP TIMES SAMPLES`: an operation on the samples, for counting instructions.
@main
enum PostsealBench {
    static let unknownOperation: Int32 = 64
    /// When the mails of the corpus are looked at.
    static let now = UnixTime(seconds: 1_790_000_000)

    /// Not `async`: that would end the first thread, which valgrind does not survive.
    static func main() {
        let done = DispatchSemaphore(value: 0)
        Task.detached {
            await work()
            done.signal()
        }
        done.wait()
    }

    private static func work() async {
        let words = CommandLine.arguments
        if words.count == 5, words[1] == "count", let times = Int(words[3]) {
            do {
                try await Counting.run(words[2], times: times, samples: URL(filePath: words[4]))
                return
            } catch {
                FileHandle.standardError.write(Data("postseal-bench: \(error)\n".utf8))
                exit(1)
            }
        }
        guard words.count == 5, let seconds = Double(words[4]) else {
            FileHandle.standardError.write(Data("usage: postseal-bench OP SIZE ALG SECONDS\n".utf8))
            exit(2)
        }
        do {
            try await run(words[1], words[2], words[3], seconds)
        } catch {
            FileHandle.standardError.write(Data("postseal-bench: \(error)\n".utf8))
            exit(1)
        }
    }

    static func run(_ operation: String, _ size: String, _ algorithm: String, _ seconds: Double) async throws {
        let body: (Int) async throws -> Int
        switch operation {
        case "verify", "verify-cold":
            body = try verify(size, algorithm, keepingKeys: operation == "verify")
        case "sign": body = try sign(size, algorithm)
        case "spf", "spf-cold": body = try spf(size, keepingRecords: operation == "spf")
        case "full", "full-cold": body = try full(size, algorithm, keeping: operation == "full")
        case "dmarc-xml": body = try aggregateReport(size)
        default: exit(unknownOperation)
        }
        try await Measurement.run(
            operation: operation, size: size, algorithm: algorithm, seconds: seconds, body)
    }

    static func verify(_ size: String, _ algorithm: String, keepingKeys: Bool) throws -> (Int) async throws -> Int {
        let corpus = try Corpus()
        let mails = try corpus.mails(size, algorithm)
        let verifier = DKIMVerifier(resolver: try corpus.zone(), cache: keepingKeys ? DKIMKeyCache() : nil)
        return { round in
            let outcomes = await verifier.verify(MailMessage(parsing: mails[round % mails.count]), at: now)
            guard outcomes.outcomes.count == 1, outcomes.outcomes[0].result == .pass else {
                throw BenchmarkError("a signature did not verify: \(outcomes.outcomes.map(\.result))")
            }
            return 1
        }
    }

    static func sign(_ size: String, _ algorithm: String) throws -> (Int) async throws -> Int {
        let corpus = try Corpus()
        let mails = try corpus.mails(size, "plain")
        let key = DKIMSigningKey(
            domain: try DomainName("example.org"), selector: try DomainName(algorithm),
            privateKey: try corpus.privateKey(algorithm))
        var signer = DKIMSigner(keys: [key])
        signer.fieldNames = [
            "From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "List-Unsubscribe",
        ]
        return { [signer] round in
            guard try signer.sign(MailMessage(parsing: mails[round % mails.count]), at: now).count > 200 else {
                throw BenchmarkError("no signature")
            }
            return 1
        }
    }

    static func spf(_ size: String, keepingRecords: Bool) throws -> (Int) async throws -> Int {
        let verifier = SPFVerifier(resolver: try Corpus().zone(), cache: keepingRecords ? SPFRecordCache() : nil)
        guard let address = IPAddress("192.0.2.10") else { throw BenchmarkError("no address") }
        let request = SPFRequest(
            clientAddress: address, helo: Array("mail.example.org".utf8),
            mailFrom: Array((size == "mixed" ? "news@example.net" : "news@example.org").utf8), at: now)
        return { _ in
            guard await verifier.checkHost(request).result == .pass else { throw BenchmarkError("SPF did not pass") }
            return 1
        }
    }

    /// Each record counts.
    static func aggregateReport(_ size: String) throws -> (Int) async throws -> Int {
        let octets = try Corpus().bytes("rua/rua-\(size).xml")
        return { _ in
            let report = try DMARCAggregateReport(parsing: octets)
            guard "\(report.records.count)" == size, report.quirks.isEmpty else {
                throw BenchmarkError("\(report.records.count) records, \(report.quirks)")
            }
            return report.records.count
        }
    }

    static func full(_ size: String, _ algorithm: String, keeping: Bool) throws -> (Int) async throws -> Int {
        let corpus = try Corpus()
        let mails = try corpus.mails(size, algorithm)
        let inspector = Inspector(
            resolver: try corpus.zone(), records: keeping ? SPFRecordCache() : nil, keys: keeping ? DKIMKeyCache() : nil
        )
        return { round in
            let findings = await inspector.inspect(
                MailTransaction(
                    clientAddress: IPAddress("192.0.2.10"), helo: Array("mail.example.org".utf8),
                    mailFrom: Array("news@example.org".utf8), message: MailMessage(parsing: mails[round % mails.count]),
                    receivedAt: now))
            guard findings.spf?.result == .pass, findings.dkim.outcomes.first?.result == .pass,
                findings.dmarc?.result == .pass
            else { throw BenchmarkError("not everything passed") }
            return 1
        }
    }
}
