import Foundation
import Synchronization

private let foldersMade = Atomic(0)

/// A folder that is there for one test, with all that is put into it. Its path is short, for sockets.
public func withFolder<Result>(_ body: (_ path: String) async throws -> Result) async throws -> Result {
    let number = foldersMade.add(1, ordering: .relaxed).newValue
    let path = "/tmp/postseal-\(ProcessInfo.processInfo.processIdentifier)-\(number)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await body(path)
}
