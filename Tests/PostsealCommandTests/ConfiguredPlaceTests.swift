import ArgumentParser
import Databases
import Foundation
import MailBytes
import PostsealConfiguration
import PostsealDashboard
import PostsealReports
import TestSupport
import Testing

@testable import PostsealCommand

/// Where commands look that work beside the daemon: where it does.
@Suite struct ConfiguredPlaceTests {
    private static func configuration(_ folder: String, accounts: String = "accounts.json") throws -> String {
        let file = "\(folder)/postseal.yaml"
        let text = """
            name: mx.example
            milter: {listen: "unix:\(folder)/m"}
            reports: {store: "\(folder)/r.db"}
            dashboard: {accounts: "\(folder)/\(accounts)"}

            """
        try Data(text.utf8).write(to: URL(filePath: file))
        return file
    }

    @Test func whatCountsMostIsSaidOutright() async throws {
        try await withFolder { folder in
            let file = try Self.configuration(folder)
            let environment = ["POSTSEAL_ACCOUNTS": "/e/a.json", "POSTSEAL_STORE": "/e/r.db"]
            func accounts(
                _ arguments: [String], _ environment: [String: String], _ standard: String
            ) throws -> [String] {
                let place = try AccountOptions.parse(arguments).place(environment: environment, standardFile: standard)
                return [place.text, place.option]
            }
            #expect(
                try accounts(["--accounts", "/x/a.json", "--config", file], environment, file)
                    == ["/x/a.json", " --accounts /x/a.json"])
            #expect(
                try accounts(["--config", file], environment, file)
                    == ["\(folder)/accounts.json", " --config \(file)"])
            #expect(try accounts([], environment, file) == ["/e/a.json", ""])
            #expect(try accounts([], [:], file) == ["\(folder)/accounts.json", ""])
            #expect(try accounts([], [:], "\(folder)/none.yaml") == ["/var/lib/postseal/accounts.json", ""])
            let store = try ReportStoreOptions.parse([])
            #expect(try store.place(environment: [:], standardFile: file).text == "\(folder)/r.db")
            #expect(try store.place(environment: environment, standardFile: file).text == "/e/r.db")
            #expect(
                try store.place(environment: [:], standardFile: "\(folder)/none.yaml").text
                    == "/var/lib/postseal/reports.db")
            let secret = try AccountOptions.parse(["--accounts", "postgresql://a:secret@db.example/p"]).place()
            #expect(secret.option == " --accounts PLACE")
        }
    }

    @Test func aConfigurationWithErrorsIsNotPassedOver() async throws {
        try await withFolder { folder in
            let file = "\(folder)/postseal.yaml"
            try Data("milter: {lsten: x}\n".utf8).write(to: URL(filePath: file))
            for arguments in [["--config", file], []] {
                let options = try ReportStoreOptions.parse(arguments)
                let failure = #expect(throws: CommandFailure.self) {
                    try options.place(environment: [:], standardFile: file)
                }
                #expect(failure?.sentence.contains("lsten") == true)
                #expect(failure?.sentence.hasSuffix("or say it with --store") == true)
            }
        }
    }

    @Test func accountsAreMadeWhereTheConfigurationSays() async throws {
        try await withFolder { folder in
            let options = try AccountOptions.parse(["--config", try Self.configuration(folder, accounts: "a.json")])
            let now = UnixTime(seconds: 1_795_564_800)
            try await options.change { list throws(AccountError) in
                try list.add(Account(name: "ada", role: .administrator, password: nil, created: now))
            }
            #expect(FileManager.default.fileExists(atPath: "\(folder)/a.json"))
            #expect(try await options.list().accounts.map(\.name) == ["ada"])
        }
    }

    @Test func aTokenMayBeginLikeAnOption() throws {
        let command = try #require(
            try Postseal.parseAsRoot(["account", "remove", "vera", "--token", "-HEmv8UsI6EW"])
                as? AccountRemoveCommand)
        #expect(command.token == "-HEmv8UsI6EW")
        let new = (0..<200).map { _ in
            AccountToken.make(label: "x", domains: nil, at: UnixTime(seconds: 0)).token.id
        }
        #expect(Set(new).count == 200 && new.allSatisfy { $0.utf8.count == 12 && $0.utf8.allSatisfy(\.isAlphanumeric) })
    }

    @Test(.enabled(if: TestPostgreSQL.isThere))
    func anEmptyDatabaseIsAStoreWithoutReports() async throws {
        try await TestPostgreSQL.withDatabase { place in
            let options = try ReportStoreOptions.parse(["--store", place])
            #expect(try await options.open(isReadOnly: true).reports(ReportQuery()).isEmpty)
            _ = try await options.open(isReadOnly: false)
            #expect(try await options.open(isReadOnly: true).reports(ReportQuery()).isEmpty)
            try PostgreSQLConnection(try PostgreSQLAddress(place)).script(
                "UPDATE postseal_schema SET version = version - 1")
            let failure = await #expect(throws: CommandFailure.self) { _ = try await options.open(isReadOnly: true) }
            #expect(failure?.sentence.contains("an earlier version made it: start the daemon once, or import") == true)
        }
    }
}
