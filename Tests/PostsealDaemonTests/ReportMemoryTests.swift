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
                let piece = Array(repeating: UInt8(1), count: 1 << 20)[...]
                while posts.add(piece) {}
                // Who posts comes again then.
                #expect(!posts.add(piece) && posts.complete() == nil)
                let outcome = try await judged(World.message(), at: address)
                #expect(outcome.refusal == nil)
                withExtendedLifetime(posts) {}
            }
        }
    }
}
