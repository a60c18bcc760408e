import Foundation
import MailBytes
import PostsealConfiguration
import PostsealHTTP
import PostsealReportSending
import TLSRPT
import TestSupport
import Testing

@testable import PostsealDaemon

/// What does not work although mail goes on: people and monitors hear of it, and mail goes on.
@Suite(.timeLimit(.minutes(5))) struct DaemonFaultsTests {
    private static func configuration(_ reports: String) throws -> DaemonConfiguration {
        let text = """
            name: mx.example
            milter: {listen: "tcp:127.0.0.1:0"}
            reports: {\(reports)}

            """
        var configuration = try ConfigurationLoader(environment: [:])
            .load(octets: Array(text.utf8), named: "postseal.yaml").configuration
        configuration.dns.source = .recorded(Zone(World.lines).answers)
        return configuration
    }

    /// Waits until something is so, or for half a minute.
    private static func wait(until isSo: () -> Bool) async {
        let deadline = ContinuousClock.now + .seconds(30)
        while !isSo(), ContinuousClock.now < deadline { await Task.yield() }
    }

    @Test func `reports that can't be stored, and a folder that can't be read`() async throws {
        try await withFolder { folder in
            try Data(
                """
                {"organization-name":"R","date-range":{"start-datetime":"2026-11-24T00:00:00Z",
                "end-datetime":"2026-11-24T23:59:59Z"},"contact-info":"r@r.example","report-id":"1",
                "policies":[{"policy":{"policy-type":"sts","policy-domain":"mx.example"},
                "summary":{"total-successful-session-count":5,"total-failure-session-count":0}}]}
                """.utf8
            ).write(to: URL(filePath: "\(folder)/a.json"))
            // Nobody writes on there any more.
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -3600)], ofItemAtPath: "\(folder)/a.json")
            let store = "store: \"postgresql:///nobody?host=\(folder)\""
            let configuration = try Self.configuration("\(store), folders: [\(folder)/none, \(folder)]")
            try await withDaemon(configuration) { daemon, _ in
                let faults = daemon.core.faults
                await Self.wait {
                    let isTold = faults[.receivedReports]?.text.hasPrefix("reports that") == true
                    return isTold && faults[.folder("\(folder)/none")] != nil && faults[.oldReports] != nil
                }
                let texts = daemon.state.everyFault
                #expect(texts.contains { $0.hasPrefix("reports that come in can't be stored, the last one of ") })
                #expect(texts.contains { $0.hasPrefix("old reports can't be removed from the store: ") })
                #expect(
                    texts.contains(
                        "a folder of reports.folders can't be read: \(folder)/none: No such file or directory"))
                guard case .warning(let warnings) = daemon.state.health else {
                    Issue.record("\(daemon.state.health)")
                    return
                }
                #expect(warnings.count == texts.count)
                #expect(warnings.allSatisfy { !$0.contains(folder) })
                daemon.state.resolverFault = "no resolver answers"
                #expect(daemon.state.health == .failing(["no resolver answers"]))
                #expect(daemon.state.everyFault.first == "no resolver answers")
                daemon.state.resolverFault = nil
                // A folder that is looked through no more has no fault.
                try await daemon.reload(try Self.configuration("\(store), folders: [\(folder)]"))
                #expect(faults[.folder("\(folder)/none")] == nil)
            }
        }
    }

    @Test func `a folder that can be read again is no fault any more`() async throws {
        try await withFolder { folder in
            let configuration = try Self.configuration("store: \(folder)/reports.db, folders: [\(folder)/in]")
            try await withDaemon(configuration) { daemon, _ in
                await Self.wait { daemon.state.health != .serving }
                #expect(daemon.state.health == .warning(["a folder of reports.folders can't be read"]))
                try FileManager.default.createDirectory(atPath: "\(folder)/in", withIntermediateDirectories: false)
                try await daemon.reload(configuration)
                await Self.wait { daemon.state.health == .serving }
                #expect(daemon.state.health == .serving && daemon.state.everyFault.isEmpty)
            }
        }
    }

    @Test func `our own reports that nobody takes`() async throws {
        try await withFolder { folder in
            let outgoing = try DatabaseOutgoingReports(try SendingDatabase("\(folder)/sending.db"))
            let now = UnixTime(seconds: Int64(Date().timeIntervalSince1970))
            let report = BuiltReport(
                kind: .dmarcAggregate, period: "p", domain: "a.example", day: TLSReportDay(containing: now),
                reportID: "id@mx.example", fileName: "f", subject: "s", submitter: "mx.example", messages: 1,
                document: [1], documentLength: 1)
            let destination = ReportDestination(
                requested: "mailto:a@a.example", uri: "mailto:a@a.example", permission: .granted, reason: "")
            try await outgoing.add(report, to: [destination], due: now, at: now, by: "mx.example")
            // Nobody listens there.
            let sending = "send: {contact: r@mx.example, server: \"unix:\(folder)/nobody\"}"
            let configuration = try Self.configuration("store: \(folder)/reports.db, \(sending)")
            try await withDaemon(configuration) { daemon, _ in
                let faults = daemon.core.faults
                await Self.wait { faults[.waitingReports] != nil }
                let fault = try #require(faults[.waitingReports])
                #expect(fault.text == "1 report of our own could not be sent everywhere; another attempt follows")
                #expect(fault.detail?.isEmpty == false)
                #expect(daemon.state.health == .warning([fault.text]))
                try await daemon.reload(try Self.configuration("store: \(folder)/reports.db"))
                #expect(daemon.state.health == .serving)
            }
        }
    }
}
