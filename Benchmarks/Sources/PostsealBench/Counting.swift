import DKIM
import DMARC
import DNS
import Foundation
import MailBytes
import MailFormat
import MailNames
import MailReports
import PostsealEngine
import SPF

/// Operations on the sample messages of the repository, a fixed number of times: for counting instructions.
enum Counting {
    static let now = UnixTime(seconds: 1_793_610_900)

    /// Operations by name; each closure is one of them.
    static func operations(samples: URL) throws -> [(name: String, body: () async throws -> Void)] {
        func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: samples.appending(path: name))) }
        func mail(_ name: String) throws -> [UInt8] { MailMessage.withNetworkLineEndings(try bytes("mail/\(name)")) }
        let dns = try RecordedAnswers(parsing: bytes("dns.json"))
        let genuine = try mail("01-genuine.eml")
        let both = try mail("06-two-signatures.eml")
        let sealed = try mail("05-mailing-list-arc.eml")
        guard let address = IPAddress("192.0.2.5") else { throw BenchmarkError("no address") }
        let spf = SPFRequest(clientAddress: address, helo: [], mailFrom: Array("alice@example.org".utf8), at: now)
        let dmarc = DMARCRequest(
            authorDomain: try DomainName("shop.example.org"), dkimPass: [try DomainName("example.org")])
        func inspect(_ message: [UInt8]) async {
            _ = await Inspector(resolver: dns).inspect(
                MailTransaction(
                    clientAddress: address, mailFrom: Array("alice@example.org".utf8),
                    message: MailMessage(parsing: message), receivedAt: now))
        }
        let large =
            genuine
            + Array(String(repeating: "A line of text, as people write it, with some words.\r\n", count: 2000).utf8)
        let report = SampleReport.octets(records: 300)
        let reportMail = try SampleReport.mail(records: 9)
        return [
            ("report-xml", { _ = try DMARCAggregateReport(parsing: report) }),
            ("report-mail", { _ = ReportFile(reading: reportMail) }),
            ("parse", { _ = MailMessage(parsing: genuine) }),
            ("author", { _ = AuthorField.read(MailMessage(parsing: genuine)) }),
            ("spf", { _ = await SPFVerifier(resolver: dns).checkHost(spf) }),
            ("dmarc", { _ = await DMARCVerifier(resolver: dns).evaluate(dmarc) }),
            ("dkim", { _ = await DKIMVerifier(resolver: dns).verify(MailMessage(parsing: both), at: now) }),
            ("dkim-100k", { _ = await DKIMVerifier(resolver: dns).verify(MailMessage(parsing: large), at: now) }),
            ("full", { await inspect(genuine) }),
            ("full-arc", { await inspect(sealed) }),
        ]
    }

    static func run(_ name: String, times: Int, samples: URL) async throws {
        guard let operation = try operations(samples: samples).first(where: { $0.name == name }) else {
            throw BenchmarkError("no operation \(name)")
        }
        for _ in 0..<times { try await operation.body() }
    }
}
