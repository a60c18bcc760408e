import Glibc
import TestSupport
import Testing

@testable import PostsealState

/// Whose files are that root makes for the daemon.
@Suite(.enabled(if: geteuid() == 0, "only root gives files away")) struct OwnerTests {
    @Test func whatRootMakesInAnothersFolderIsThatOnes() async throws {
        try await withFolder { folder in
            func owner(_ path: String) -> uid_t? {
                var status = stat()
                return stat(path, &status) == 0 ? status.st_uid : nil
            }
            try StateFiles.replace("\(folder)/own", with: [1])
            #expect(owner("\(folder)/own") == 0)
            #expect(chown(folder, 4711, 4712) == 0)
            try StateFiles.replace("\(folder)/accounts.json", with: [1])
            close(try StateFiles.lock("\(folder)/accounts.json.lock"))
            #expect(owner("\(folder)/accounts.json") == 4711 && owner("\(folder)/accounts.json.lock") == 4711)
            // What also stands elsewhere is not given away.
            #expect(link("\(folder)/own", "\(folder)/other.lock") == 0)
            close(try StateFiles.lock("\(folder)/other.lock"))
            #expect(owner("\(folder)/own") == 0)
        }
    }
}
