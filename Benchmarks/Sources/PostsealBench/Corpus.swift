import DKIM
import DNS
import Foundation
import MailBytes
import MailFormat
import MailNames

/// The mails, keys and zones that every program of a benchmark run gets: `$POSTSEAL_BENCH_CORPUS`.
struct Corpus {
    let root: URL

    init() throws {
        guard let path = ProcessInfo.processInfo.environment["POSTSEAL_BENCH_CORPUS"] else {
            throw BenchmarkError("set POSTSEAL_BENCH_CORPUS to the corpus of the benchmark folder")
        }
        root = URL(filePath: path)
    }

    func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: root.appending(path: path))) }

    /// The octets of the mails of a folder such as `msgs/10k-rsa`.
    func mails(_ size: String, _ kind: String) throws -> [[UInt8]] {
        let folder = "msgs/\(size)-\(kind)"
        let names = try FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path).sorted()
        return try names.map { try bytes("\(folder)/\($0)") }
    }

    /// All DNS there is.
    func zone() throws -> RecordedAnswers {
        var grouped: [DNSQuestion: [DNSRecord]] = [:]
        for line in String(lossy: try bytes("zones/flat.tsv")).split(separator: "\n") {
            let columns = line.split(separator: "\t", maxSplits: 2).map(String.init)
            guard columns.count == 3, let type = DNSRecordType(text: columns[1]) else { continue }
            let name = try DomainName(presentation: columns[0])
            let data: DNSRecordData? =
                type == .txt
                ? .text([Array(columns[2].utf8)])
                : DNSRecordData(presentation: columns[2], type: type)
            guard let data else { throw BenchmarkError("bad zone line: \(line)") }
            grouped[DNSQuestion(name, type), default: []].append(
                DNSRecord(name: name, type: type, ttlSeconds: 3600, data: data))
        }
        var answers = RecordedAnswers()
        for (question, records) in grouped {
            answers.add(
                DNSAnswer(question: question, status: .noError, records: records, security: .insecure, ttlSeconds: 3600)
            )
        }
        return answers
    }

    func privateKey(_ algorithm: String) throws -> DKIMPrivateKey {
        try DKIMPrivateKey(pem: bytes(algorithm == "rsa" ? "keys/rsa2048.pkcs8.pem" : "keys/ed25519.pkcs8.pem"))
    }
}

struct BenchmarkError: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}
