import DNS
import Foundation
import MailBytes
import MailNames
import Testing
import UnboundResolver

/// The DNS world that Integration/dns-resolver starts; its parameters are in the file that POSTSEAL_DNS_WORLD names.
struct DNSWorld: Sendable {
    var resolver: ServerAddress
    var anchor: String
    /// Nil where the world has no port 53.
    var hints: String?
    var zoneServers: [ZoneServers]
    var questionsFile: String
    var outageFile: String
    /// A resolver that knows nothing of DNSSEC, in front of the world's servers.
    var stripping: ServerAddress
    /// A resolver that never answers.
    var silent: ServerAddress

    static let shared: DNSWorld? = {
        guard let path = ProcessInfo.processInfo.environment["POSTSEAL_DNS_WORLD"] else {
            print("POSTSEAL_DNS_WORLD is not set: tests with name servers do nothing; see Integration/dns-resolver")
            return nil
        }
        guard let data = FileManager.default.contents(atPath: path), let json = try? JSONValue(parsing: Array(data)),
            let resolver = json["resolver"]?.stringValue.flatMap({ ServerAddress($0) }),
            let anchor = json["anchor"]?.stringValue, let questions = json["questions"]?.stringValue,
            let outage = json["outage"]?.stringValue,
            let stripping = json["stripping"]?.stringValue.flatMap({ ServerAddress($0) }),
            let silent = json["silent"]?.stringValue.flatMap({ ServerAddress($0) }),
            case .object(let zones)? = json["zoneServers"]
        else { fatalError("\(path) describes no DNS world") }
        return DNSWorld(
            resolver: resolver, anchor: anchor, hints: json["hints"]?.stringValue,
            zoneServers: zones.map { member in
                guard let zone = try? DomainName(member.name),
                    let server = member.value.stringValue.flatMap({ ServerAddress($0) })
                else { fatalError("bad zone server in \(path)") }
                return ZoneServers(zone, servers: [server])
            },
            questionsFile: questions, outageFile: outage, stripping: stripping, silent: silent)
    }()

    /// A configuration that asks the world's authoritative server as if it were a resolver.
    func configuration(_ change: (inout UnboundConfiguration) -> Void = { _ in }) -> UnboundConfiguration {
        var configuration = UnboundConfiguration()
        configuration.servers = [resolver]
        configuration.zoneServers = zoneServers
        configuration.trustAnchorFile = anchor
        change(&configuration)
        return configuration
    }

    /// How often the misbehaving server was asked this.
    func questions(_ question: DNSQuestion, over transport: String? = nil) -> Int {
        let wanted = "\(question.name.text). \(question.type)"
        let lines = (FileManager.default.contents(atPath: questionsFile) ?? Data()).split(separator: UInt8(ascii: "\n"))
        return lines.count { line in
            let parts = String(decoding: line, as: UTF8.self).split(separator: " ", maxSplits: 1)
            return parts.count == 2 && parts[1].lowercased() == wanted.lowercased()
                && (transport == nil || parts[0] == transport ?? "")
        }
    }

    /// Switches the servers of outage.org off or on.
    func setOutage(_ isOut: Bool) {
        if isOut {
            _ = FileManager.default.createFile(atPath: outageFile, contents: nil)
        } else {
            try? FileManager.default.removeItem(atPath: outageFile)
        }
    }
}

func name(_ text: String) -> DomainName {
    guard let name = try? DomainName(presentation: text) else { fatalError("bad name \(text)") }
    return name
}

func question(_ text: String, _ type: DNSRecordType = .a) -> DNSQuestion { DNSQuestion(name(text), type) }

/// How long something took.
func measure<Value>(_ work: () async -> Value) async -> (value: Value, time: Duration) {
    let start = ContinuousClock.now
    let value = await work()
    return (value, start.duration(to: .now))
}

extension Duration {
    var milliseconds: Double { self / .milliseconds(1) }
}

/// Small files of a test.
enum TestFile {
    static func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    static func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }
}
