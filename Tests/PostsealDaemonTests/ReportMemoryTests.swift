import MailNames
import MilterServer
import PostsealConfiguration
import PostsealEngine
import TestSupport
import Testing

@testable import PostsealDaemon

/// The memory for reports that are coming in.
@Suite struct ReportMemoryTests {
    /// Anybody may post, as slowly as he likes.
    @Test func whoPostsKeepsNoMailOut() async throws {
        try await withFolder { folder in
            var configuration = World.configuration()
            configuration.reports.store = .file("\(folder)/reports.db")
            configuration.reports.takesPosts = true
            configuration.reports.addresses = [.anyone(at: try DomainName("mx.example"))]
            try await withDaemon(configuration) { daemon, address in
                let posts = try #require(daemon.reports.posts)
                while posts.makeRoom(for: 1 << 20) {}
                // Who posts comes again then.
                #expect(!posts.makeRoom(for: 1 << 20))
                let outcome = try await judged(World.message(), at: address)
                #expect(outcome.refusal == nil)
                withExtendedLifetime(posts) {}
            }
        }
    }
}
